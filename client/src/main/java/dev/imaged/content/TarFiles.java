package dev.imaged.content;

import dev.imaged.errors.GoQuote;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.jspecify.annotations.Nullable;

/**
 * The files of a layout in a tar, read where they lie. When a name comes twice the later entry counts, as it does for
 * tar itself. A hard link is the file it names; a symbolic link is no file.
 */
final class TarFiles implements LayoutFiles {
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int ZSTD_MAGIC = 0x28b5;

    private final Path tar;
    private final FileChannel channel;
    private final Map<String, Extent> extents = new HashMap<>();

    private TarFiles(Path tar, FileChannel channel) {
        this.tar = tar;
        this.channel = channel;
    }

    /** Where the bytes of an entry lie in the tar. */
    private record Extent(long offset, long size) {}

    static TarFiles open(Path tar) throws IOException {
        TarFiles files = new TarFiles(tar, FileChannel.open(tar));
        try {
            files.requireUncompressed();
            files.index();
            return files;
        } catch (IOException | RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private void requireUncompressed() throws IOException {
        ByteBuffer start = ByteBuffer.allocate(2);
        int magic = channel.read(start, 0) < 2 ? 0 : start.getShort(0) & 0xffff;
        if (magic == GZIP_MAGIC || magic == ZSTD_MAGIC) {
            String tool = magic == GZIP_MAGIC ? "gunzip" : "unzstd";
            throw new InvalidArgument(tar + ": is compressed, decompress it first with " + tool);
        }
    }

    @SuppressWarnings("resource") // closing the reader would close the channel, which outlives it
    private void index() throws IOException {
        TarFile reader;
        try {
            reader = new TarFile(channel);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidArgument(tar + ": is no folder and no tar: " + e.getMessage() + ": invalid argument", e);
        }
        for (TarArchiveEntry entry : reader.getEntries()) {
            Extent extent = extent(entry);
            if (extent != null) {
                extents.put(name(entry.getName()), extent);
            }
        }
    }

    private @Nullable Extent extent(TarArchiveEntry entry) throws IOException {
        if (!entry.isCheckSumOK()) {
            throw new InvalidArgument(entryOf(entry) + ": wrong checksum of the tar header");
        }
        if (entry.isLink()) {
            return extents.get(name(entry.getLinkName()));
        }
        boolean regular = switch (entry.getLinkFlag()) {
            case TarConstants.LF_OLDNORM, TarConstants.LF_NORMAL, TarConstants.LF_CONTIG -> true;
            default -> false;
        };
        if (!regular || entry.isDirectory() || entry.isSparse()) {
            return null;
        }
        if (entry.getSize() > channel.size() - entry.getDataOffset()) {
            throw new InvalidArgument(entryOf(entry) + ": the tar ends before the file does");
        }
        return new Extent(entry.getDataOffset(), entry.getSize());
    }

    private String entryOf(TarArchiveEntry entry) {
        return tar + ": " + GoQuote.quote(entry.getName());
    }

    private static String name(String entryName) {
        return entryName.startsWith("./") ? entryName.substring(2) : entryName;
    }

    @Override
    public OptionalLong size(String path) {
        Extent extent = extents.get(path);
        return extent == null ? OptionalLong.empty() : OptionalLong.of(extent.size());
    }

    @Override
    public InputStream open(String path) {
        return new ExtentStream(channel, Objects.requireNonNull(extents.get(path)));
    }

    @Override
    public String describe(String path) {
        return tar + ": " + path;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Reads at positions of its own, so that several can read one channel. */
    private static final class ExtentStream extends InputStream {
        private final FileChannel channel;
        private final long end;
        private long position;

        ExtentStream(FileChannel channel, Extent extent) {
            this.channel = channel;
            this.position = extent.offset();
            this.end = extent.offset() + extent.size();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int wanted = (int) Math.min(length, end - position);
            if (wanted == 0) {
                return length == 0 ? 0 : -1;
            }
            int read = channel.read(ByteBuffer.wrap(bytes, offset, wanted), position);
            position += Math.max(read, 0);
            return read;
        }
    }
}
