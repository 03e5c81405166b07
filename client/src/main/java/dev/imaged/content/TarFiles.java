package dev.imaged.content;

import dev.imaged.errors.Excerpt;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/**
 * The files of a tar, read where they lie. When a name comes twice the later entry counts, as it does for tar itself. A
 * link is the file of the tar that it names; one that leads out of the tar is refused when it is used.
 */
final class TarFiles implements LayoutFiles {
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int ZSTD_MAGIC = 0x28b5;

    /** As many symbolic links as Linux follows. */
    private static final int MAX_LINKS = 40;

    private final Path tar;
    private final Map<String, FileExtent> extents = new HashMap<>();
    private final Map<String, Link> links = new HashMap<>();

    /**
     * A symbolic or a hard link.
     *
     * @param entry its name, as the tar has it
     * @param target the name of what it leads to, null when that is not in the tar
     */
    private record Link(String entry, @Nullable String target) {}

    private TarFiles(Path tar) {
        this.tar = tar;
    }

    static TarFiles open(Path tar) throws IOException {
        // Opening a pipe would wait for ever, and what passes through it cannot be read where it lies.
        if (Files.exists(tar) && !Files.isRegularFile(tar)) {
            throw new InvalidArgument(tar + ": is no folder and no file");
        }
        TarFiles files = new TarFiles(tar);
        try (FileChannel channel = FileChannel.open(tar)) {
            files.requireUncompressed(channel);
            files.index(channel);
        }
        return files;
    }

    private void requireUncompressed(FileChannel channel) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(2);
        int magic = channel.read(start, 0) < 2 ? 0 : start.getShort(0) & 0xffff;
        if (magic == GZIP_MAGIC || magic == ZSTD_MAGIC) {
            String tool = magic == GZIP_MAGIC ? "gunzip" : "unzstd";
            throw new InvalidArgument(tar + ": is compressed, decompress it first with " + tool);
        }
    }

    private void index(FileChannel channel) throws IOException {
        try (TarFile reader = new TarFile(channel)) {
            for (TarArchiveEntry entry : reader.getEntries()) {
                index(entry, channel.size());
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidArgument(tar + ": is no folder and no tar: " + e.getMessage() + ": invalid argument", e);
        }
    }

    private void index(TarArchiveEntry entry, long end) throws IOException {
        if (!entry.isCheckSumOK()) {
            throw new InvalidArgument(entryOf(entry) + ": wrong checksum of the tar header");
        }
        String name = clean(entry.getName());
        extents.remove(name);
        links.remove(name);
        if (entry.isSymbolicLink()) {
            String folder = name.substring(0, name.lastIndexOf('/') + 1);
            links.put(name, new Link(entry.getName(), target(folder, entry.getLinkName())));
        } else if (entry.isLink()) {
            links.put(name, new Link(entry.getName(), target("", entry.getLinkName())));
        } else if (isRegular(entry)) {
            if (entry.getSize() > end - entry.getDataOffset()) {
                throw new InvalidArgument(entryOf(entry) + ": the tar ends before the file does");
            }
            extents.put(
                    name,
                    new FileExtent(
                            tar,
                            entry.getDataOffset(),
                            entry.getSize(),
                            entry.getLastModifiedTime().toInstant()));
        }
    }

    private static boolean isRegular(TarArchiveEntry entry) {
        boolean regular = switch (entry.getLinkFlag()) {
            case TarConstants.LF_OLDNORM, TarConstants.LF_NORMAL, TarConstants.LF_CONTIG -> true;
            default -> false;
        };
        return regular && !entry.isDirectory() && !entry.isSparse();
    }

    private String entryOf(TarArchiveEntry entry) {
        return tar + ": " + Excerpt.quote(entry.getName());
    }

    /** Returns the name that a link leads to, null when that is out of the tar. */
    private static @Nullable String target(String folder, String link) {
        int depth = 0;
        for (String part : (folder + link).split("/", -1)) {
            if (part.equals("..")) {
                depth--;
            } else if (!part.isEmpty() && !part.equals(".")) {
                depth++;
            }
            if (depth < 0) {
                return null;
            }
        }
        return link.startsWith("/") ? null : clean(folder + link);
    }

    /** Returns a path without {@code .} and {@code ..}; what would lead out of the tar begins at its root. */
    private static String clean(String path) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : path.split("/", -1)) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return String.join("/", parts);
    }

    /** @throws InvalidArgument when a link leads out of the tar, naming the link */
    @Override
    public @Nullable FileExtent find(String path) {
        String name = clean(path);
        Link link = links.get(name);
        for (int i = 0; i < MAX_LINKS && link != null; i++) {
            if (link.target() == null) {
                throw new InvalidArgument(
                        tar + ": " + Excerpt.quote(link.entry()) + " is a link that leads out of the tar");
            }
            name = link.target();
            link = links.get(name);
        }
        return extents.get(name);
    }

    @Override
    public String describe(String path) {
        return tar + ": " + path;
    }
}
