package dev.imaged.content;

import dev.imaged.content.PackedStream.SourceFailure;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.apache.commons.compress.utils.InputStreamStatistics;
import org.jspecify.annotations.Nullable;

/**
 * Turns an archive into a file that can be read at any place. A tar that is not compressed is read in place; any other
 * archive is copied into a file without a name.
 *
 * @param name the name of the archive in messages
 * @param limits how much it may unpack to, and where
 */
record Unpacker(String name, UnpackLimits limits) {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final String WHAT = "archive";

    /**
     * Opens an archive in a file.
     *
     * @throws InvalidArgument when it is not a regular file, is compressed in a way that is not read here, or is damaged
     * @throws ResourceExhausted when it exceeds a limit, or the copy cannot be written
     * @throws Cancelled when the thread is interrupted
     * @throws IOException when there is no such file, or it cannot be read
     */
    static FileSource open(Path file, UnpackLimits limits) throws IOException {
        // Opening a pipe would wait for ever, and a pipe cannot be read at any place.
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InvalidArgument(
                    file + ": is neither a folder nor a regular file; read a pipe from standard input, or as a stream");
        }
        try (InputStream bytes = Files.newInputStream(file)) {
            InputStream in = new PackedStream(bytes, WHAT);
            ArchiveCompression compression = compression(in);
            return compression == null
                    ? FileSource.of(file)
                    : new Unpacker(file.toString(), limits).unpack(in, compression);
        } catch (SourceFailure e) {
            throw e.reason();
        }
    }

    /**
     * Copies an archive from a stream, which is read to its end and not closed; throws the errors of {@link #open}.
     */
    FileSource copy(InputStream stream) throws IOException {
        try {
            InputStream in = new PackedStream(stream, WHAT);
            ArchiveCompression compression = compression(in);
            return compression == null ? write(in, () -> Long.MAX_VALUE) : unpack(in, compression);
        } catch (SourceFailure e) {
            throw e.reason();
        }
    }

    private static @Nullable ArchiveCompression compression(InputStream in) throws IOException {
        in.mark(ArchiveCompression.MAGIC_BYTES);
        byte[] start = in.readNBytes(ArchiveCompression.MAGIC_BYTES);
        in.reset();
        return ArchiveCompression.of(start);
    }

    private FileSource unpack(InputStream in, ArchiveCompression compression) throws IOException {
        try (InputStream unpacked = compression.open(in)) {
            if (unpacked == null) {
                throw new InvalidArgument(name + ": is compressed with " + compression
                        + ", which is not read: decompress it first, or use gzip, zstd, xz or bzip2");
            }
            return write(unpacked, ((InputStreamStatistics) unpacked)::getCompressedCount);
        } catch (SourceFailure | ImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new InvalidArgument(name + ": is damaged or incomplete: " + compression + ": " + e.getMessage(), e);
        } catch (LinkageError e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new InvalidArgument(
                    name + ": is compressed with " + compression + ", whose library cannot be loaded (" + reason
                            + "): decompress it first",
                    e);
        }
    }

    /** Copies to the end; {@code packed} returns how many bytes of the archive were read so far. */
    private FileSource write(InputStream in, LongSupplier packed) throws IOException {
        TemporaryFile copy = create();
        try {
            byte[] buffer = new byte[BUFFER_BYTES];
            long unpacked = 0;
            for (int count; (count = in.read(buffer)) >= 0; ) {
                unpacked += count;
                limits.require(name, packed.getAsLong(), unpacked);
                append(copy, buffer, count);
            }
            return copy;
        } catch (IOException | RuntimeException | Error e) {
            copy.close();
            throw e;
        }
    }

    private TemporaryFile create() {
        try {
            return TemporaryFile.create(limits.folder());
        } catch (NoSuchFileException e) {
            throw notWritten("no such folder");
        } catch (AccessDeniedException e) {
            throw notWritten("access denied");
        } catch (IOException e) {
            throw notWritten(String.valueOf(e.getMessage()));
        }
    }

    private void append(TemporaryFile copy, byte[] bytes, int count) {
        try {
            copy.write(bytes, count);
        } catch (IOException e) {
            throw notWritten(String.valueOf(e.getMessage()));
        }
    }

    private ResourceExhausted notWritten(String reason) {
        return limits.exhausted(name + ": cannot be unpacked into " + limits.folder() + ": " + reason);
    }
}
