package dev.imaged.content;

import dev.imaged.content.FileExtent.Segment;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.internal.text.Excerpt;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveStructSparse;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * The files of a tar, read in place. When a name comes twice the later entry counts, as in tar itself. A link stands
 * for the file of the tar that it names; a link that leads out of the tar is refused when it is used. A sparse file has
 * zeros where the tar has no bytes.
 */
final class TarFiles implements LayoutFiles {
    /** As many symbolic links as Linux follows. */
    private static final int MAX_LINKS = 40;

    private final String tar;
    private final FileSource source;
    private final UnpackLimits limits;
    private final Map<String, Entry> entries = new HashMap<>();
    private long expanded;

    /** An entry under a name. */
    private sealed interface Entry {}

    private record RegularFile(FileExtent extent) implements Entry {}

    /**
     * A symbolic or a hard link.
     *
     * @param entry its name in the tar, as it is written
     * @param target the name of the entry that it leads to, null when it leads out of the tar
     */
    private record Link(String entry, @Nullable String target) implements Entry {}

    /** An entry that is not read; {@code reason} says why, in words that follow the name in a message. */
    private record Unreadable(String reason) implements Entry {}

    /** A sparse file that exceeds a limit; {@code message} says which limit. */
    private record Oversized(String message) implements Entry {}

    private TarFiles(String tar, FileSource source, UnpackLimits limits) {
        this.tar = tar;
        this.source = source;
        this.limits = limits;
    }

    /**
     * Opens a tar in a file; a compressed tar is unpacked.
     *
     * @throws InvalidArgument when it is not a tar, or is damaged
     * @throws ResourceExhausted when it unpacks to more than a limit
     */
    static TarFiles open(Path file, UnpackLimits limits) throws IOException {
        return open(file.toString(), Unpacker.open(file, limits), limits);
    }

    /** Opens a tar from a stream; throws the same errors. */
    static TarFiles open(String name, InputStream stream, UnpackLimits limits) throws IOException {
        return open(name, new Unpacker(name, limits).copy(stream), limits);
    }

    private static TarFiles open(String name, FileSource source, UnpackLimits limits) throws IOException {
        TarFiles files = new TarFiles(name, source, limits);
        try {
            files.index();
            return files;
        } catch (IOException | RuntimeException e) {
            source.close();
            throw e;
        }
    }

    private void index() throws IOException {
        try (ContentReader reader = source.open()) {
            TarHeaders headers = new TarHeaders(reader);
            for (TarArchiveEntry entry; (entry = headers.next()) != null; ) {
                headers.skip(index(entry, headers.position(), reader.size()));
            }
            if (headers.position() == 0) {
                throw new InvalidArgument(tar + ": is empty");
            }
        } catch (IOException | IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            throw new InvalidArgument(tar + ": is not a tar, or is damaged: " + message + sparseHint(message), e);
        }
    }

    /** Only the sizes of sparse files are read as numbers of 32 bits, where they are attributes (pax). */
    private static String sparseHint(String message) {
        return message.startsWith("Unable to parse int")
                ? "; a sparse file of more than 2 GiB is not read: write the tar without sparse files"
                : "";
    }

    /** Returns how many bytes the tar has between this header and the next. */
    private long index(TarArchiveEntry entry, long offset, long end) throws IOException {
        if (!entry.isCheckSumOK()) {
            throw new InvalidArgument(entryOf(entry) + ": wrong checksum of the tar header");
        }
        List<Segment> segments = segments(entry, offset);
        long stored = segments.stream().mapToLong(Segment::length).reduce(0, TarFiles::add);
        if (stored > end - offset) {
            throw new InvalidArgument(entryOf(entry) + ": the tar ends before the file does");
        }
        String name = clean(entry.getName());
        entries.put(name, read(entry, name, segments, end));
        return stored;
    }

    /** Returns where the bytes of an entry are; for a sparse file, the bytes outside of its holes. */
    private static List<Segment> segments(TarArchiveEntry entry, long offset) throws IOException {
        if (entry.isDirectory()) {
            return List.of();
        } else if (!isExpanded(entry)) {
            return List.of(new Segment(0, offset, entry.getSize()));
        }
        List<Segment> segments = new ArrayList<>();
        long next = offset;
        for (TarArchiveStructSparse part : entry.getOrderedSparseHeaders()) {
            if (part.getNumbytes() > 0) {
                segments.add(new Segment(part.getOffset(), next, part.getNumbytes()));
                next = add(next, part.getNumbytes());
            }
        }
        return segments;
    }

    /**
     * Whether this is a sparse file whose header says where its holes are. The old format of star says so elsewhere.
     */
    private static boolean isExpanded(TarArchiveEntry entry) throws IOException {
        boolean old = entry.isOldGNUSparse() && entry.getOrderedSparseHeaders().isEmpty() && entry.getSize() > 0;
        return entry.isGNUSparse() && !old;
    }

    /** The sizes in headers may add up to more than 64 bits; then the sum exceeds every limit. */
    private static long add(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    private Entry read(TarArchiveEntry entry, String name, List<Segment> segments, long end) throws IOException {
        if (entry.isSymbolicLink()) {
            String folder = name.substring(0, name.lastIndexOf('/') + 1);
            return new Link(entry.getName(), target(folder, entry.getLinkName()));
        } else if (entry.isLink()) {
            return new Link(entry.getName(), target("", entry.getLinkName()));
        } else if (entry.isDirectory()) {
            return new Unreadable("is a folder");
        } else if (isExpanded(entry)) {
            return sparse(entry, segments, end);
        } else if (entry.isSparse()) {
            return new Unreadable("is a sparse file in a form that is not read: write the tar without sparse files");
        }
        return switch (entry.getLinkFlag()) {
            case TarConstants.LF_OLDNORM, TarConstants.LF_NORMAL, TarConstants.LF_CONTIG ->
                file(entry, entry.getSize(), segments);
            default -> new Unreadable("is not a regular file");
        };
    }

    /** The limits count all sparse files together. A file that exceeds them is an error only when it is read. */
    private Entry sparse(TarArchiveEntry entry, List<Segment> segments, long end) {
        long sum = add(expanded, entry.getRealSize());
        try {
            limits.require(tar + ": the sparse file " + Excerpt.quote(entry.getName()), end, sum);
        } catch (ResourceExhausted e) {
            return new Oversized(String.valueOf(e.getMessage()));
        }
        expanded = sum;
        return file(entry, entry.getRealSize(), segments);
    }

    private RegularFile file(TarArchiveEntry entry, long size, List<Segment> segments) {
        return new RegularFile(
                new FileExtent(source, size, entry.getLastModifiedTime().toInstant(), segments));
    }

    private String entryOf(TarArchiveEntry entry) {
        return tar + ": " + Excerpt.quote(entry.getName());
    }

    /** Returns the name that a link leads to, null when it leads out of the tar. */
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

    /** Returns a path without {@code .} and {@code ..}; a path that would leave the tar starts at its root. */
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

    /**
     * Follows links from a name and returns the name at their end; a name that is not a link is returned as it is.
     *
     * @throws InvalidArgument when a link leads out of the tar, naming the link
     */
    private String follow(String name) {
        for (int i = 0; i < MAX_LINKS && entries.get(name) instanceof Link link; i++) {
            if (link.target() == null) {
                throw new InvalidArgument(
                        tar + ": " + Excerpt.quote(link.entry()) + " is a link that leads out of the tar");
            }
            name = link.target();
        }
        return name;
    }

    /**
     * @throws InvalidArgument when a link leads out of the tar, naming the link
     * @throws ResourceExhausted when it is a sparse file that exceeds a limit
     */
    @Override
    public @Nullable FileExtent find(String path) {
        Entry entry = entries.get(follow(clean(path)));
        if (entry instanceof Oversized file) {
            throw new ResourceExhausted(file.message(), null);
        }
        return entry instanceof RegularFile file ? file.extent() : null;
    }

    @Override
    public @Nullable String obstacle(String path) {
        String name = clean(path);
        String target = follow(name);
        Entry entry = entries.get(target);
        String problem = "is missing";
        if (entry instanceof Link) {
            problem = "is a link that leads back to itself";
        } else if (entry instanceof Unreadable other) {
            problem = other.reason();
        }
        if (target.equals(name)) {
            return entry == null ? null : problem;
        }
        return "is a link to " + Excerpt.quote(target) + ", which " + problem;
    }

    @Override
    public String describe(String path) {
        return tar + ": " + path;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
