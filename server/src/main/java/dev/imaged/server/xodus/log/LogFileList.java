package dev.imaged.server.xodus.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.UUID;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;

/**
 * The id of a log and the names of its files, in a file of its own. It tells whether a file that is missing between two others was
 * cleaned or lost. The file has a line {@code log ID}, a line for each name, and a line with the checksum of these.
 *
 * <p>It is replaced durably, before a file is deleted and before the first commit goes to a new one.
 *
 * @param log the id that no other log has
 * @param files the addresses of its files
 */
record LogFileList(UUID log, NavigableSet<Long> files) {
    private static final String NAME = "files";
    private static final String LOG = "log ";
    private static final String CHECKSUM = "crc32c ";

    /** Reads the list in the folder of a log; null when it is missing or damaged. */
    static @Nullable LogFileList read(Path folder) throws IOException {
        Path path = path(folder);
        return Files.exists(path) ? parse(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1)) : null;
    }

    private static @Nullable LogFileList parse(String text) {
        int end = text.lastIndexOf(CHECKSUM);
        if (end < 0 || !text.substring(end).equals(checksumLine(text.substring(0, end)))) {
            return null;
        }
        List<String> lines = text.substring(0, end).lines().toList();
        if (lines.isEmpty() || !lines.get(0).startsWith(LOG)) {
            return null;
        }
        NavigableSet<Long> files = new TreeSet<>();
        lines.stream().skip(1).map(LogUtil::getAddress).forEach(files::add);
        return new LogFileList(UUID.fromString(lines.get(0).substring(LOG.length())), files);
    }

    /** Stores the list in the folder of its log, durably. */
    void write(Path folder) throws IOException {
        StringBuilder text = new StringBuilder(LOG).append(log).append('\n');
        files.forEach(address -> text.append(LogUtil.getLogFilename(address)).append('\n'));
        text.append(checksumLine(text.toString()));
        PrivateFiles.replace(path(folder), text.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String checksumLine(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return CHECKSUM + "%08x\n".formatted(Checksum.of(bytes, 0, bytes.length));
    }

    private static Path path(Path folder) {
        return folder.resolve(NAME);
    }
}
