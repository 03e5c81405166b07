package dev.imaged.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorStreamFactory;

/** Archives that are kept with the tests, and compressed ones. */
public final class TestArchives {
    private TestArchives() {}

    /** Copies an archive of the test resources into a folder. */
    public static Path copy(String name, Path folder) {
        try (InputStream in = TestArchives.class.getResourceAsStream("/archives/" + name)) {
            Path file = folder.resolve(name);
            Files.copy(Objects.requireNonNull(in, name), file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Compresses a file next to it.
     *
     * @param format as {@link CompressorStreamFactory} calls it: gz, zstd, xz, bzip2, lz4-framed
     */
    public static Path compress(Path file, String format) throws IOException {
        Path compressed = file.resolveSibling(file.getFileName() + "." + format);
        try (OutputStream bytes = Files.newOutputStream(compressed);
                OutputStream out = new CompressorStreamFactory().createCompressorOutputStream(format, bytes)) {
            Files.copy(file, out);
        } catch (CompressorException e) {
            throw new IOException(e);
        }
        return compressed;
    }
}
