package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException.Unavailable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jetbrains.exodus.log.LogUtil;

/** Compares a file of the log with its checksums. */
final class FileCheck {
    private static final int PAGES_AT_ONCE = 512;

    private FileCheck() {}

    /**
     * Returns the problems of a file, each with its name; none for a file that was deleted meanwhile.
     *
     * @throws Unavailable when it cannot be read: it may be readable the next time
     */
    static List<String> problems(ChecksumFolder checksums, long address) {
        String name = LogUtil.getLogFilename(address);
        PageChecksums known = checksums.of(address);
        List<String> problems = new ArrayList<>();
        Path file = checksums.folder().resolve(name);
        try (InputStream in = Files.newInputStream(file)) {
            long synced = known.syncedLength();
            long checked =
                    known.checkedLength(); // bytes that are written meanwhile may be read before, and compared after
            long length = Files.size(file);
            if (length < synced) {
                problems.add("file " + name + " has " + length + " bytes of " + synced + " that were synced");
            }
            byte[] pages = new byte[PAGES_AT_ONCE * checksums.pageBytes()];
            long position = 0;
            while (position < checked) {
                int read = in.readNBytes(pages, 0, (int) Math.min(pages.length, checked - position));
                if (read == 0) {
                    break;
                }
                addProblems(problems, name, known, checksums.pageBytes(), position, pages, read);
                position += read;
            }
        } catch (NoSuchFileException e) {
            // The engine deletes files that hold nothing any more.
        } catch (IOException e) {
            throw new Unavailable("file " + name + " cannot be read: " + e, e);
        }
        return problems;
    }

    private static void addProblems(
            List<String> problems,
            String name,
            PageChecksums known,
            int pageBytes,
            long position,
            byte[] pages,
            int count) {
        long problem = known.problem(position, pages, 0, count);
        while (problem >= 0) {
            problems.add("file " + name + " is damaged at byte " + problem + ": its checksum does not match");
            int next = (int) (problem - position) + pageBytes;
            problem = next < count ? known.problem(position + next, pages, next, count - next) : -1;
        }
    }
}
