package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.server.engine.BackupSink;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A backup in a tar: the files, and at the end an entry {@code checksums} with a line for each of them, its CRC32C in
 * hexadecimal and its name. A tar without that entry ended early. Both directions.
 */
final class BackupTar implements BackupSink {
    private static final String CHECKSUMS = "checksums";
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int MAX_CHECKSUMS_BYTES = 64 * 1024 * 1024;

    private final TarArchiveOutputStream tar;
    private final StringBuilder checksums = new StringBuilder();
    private final CRC32C crc = new CRC32C();
    private @Nullable String name;

    private BackupTar(TarArchiveOutputStream tar) {
        this.tar = tar;
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    /** Writes a new file. */
    static BackupTar create(Path path) throws IOException {
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(path), BUFFER_BYTES);
        return new BackupTar(new TarArchiveOutputStream(out));
    }

    @Override
    public void file(BackupFile file) throws IOException {
        endFile();
        begin(file.name(), file.bytes());
        name = file.name();
        crc.reset();
    }

    private void begin(String entryName, long bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(entryName);
        entry.setSize(bytes);
        tar.putArchiveEntry(entry);
    }

    @Override
    public void data(byte[] bytes, int count) throws IOException {
        tar.write(bytes, 0, count);
        crc.update(bytes, 0, count);
    }

    private void endFile() throws IOException {
        if (name != null) {
            tar.closeArchiveEntry();
            checksums.append(line(name, crc));
        }
    }

    private static String line(String name, CRC32C crc) {
        return "%08x %s\n".formatted(crc.getValue(), name);
    }

    @Override
    public void close() throws IOException {
        try (tar) {
            endFile();
            byte[] lines = checksums.toString().getBytes(StandardCharsets.UTF_8);
            begin(CHECKSUMS, lines.length);
            tar.write(lines);
            tar.closeArchiveEntry();
        }
    }

    /**
     * Gives a sink the files of a tar.
     *
     * @throws DataLoss when the tar is no backup, ended early or is damaged: what the sink got is of no use then
     */
    static void read(Path path, BackupSink sink) throws IOException {
        StringBuilder found = new StringBuilder();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES);
                TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
            byte[] bytes = new byte[BUFFER_BYTES];
            for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null; ) {
                if (entry.getName().equals(CHECKSUMS)) {
                    byte[] lines = tar.readNBytes(MAX_CHECKSUMS_BYTES);
                    require(new String(lines, StandardCharsets.UTF_8).contentEquals(found), path, "is damaged");
                    return;
                }
                sink.file(new BackupFile(entry.getName(), entry.getSize()));
                CRC32C crc = new CRC32C();
                for (int count; (count = tar.read(bytes)) > 0; ) {
                    crc.update(bytes, 0, count);
                    sink.data(bytes, count);
                }
                found.append(line(entry.getName(), crc));
            }
        }
        require(false, path, "is no backup, or not all of one");
    }

    private static void require(boolean condition, Path path, String problem) {
        if (!condition) {
            throw new DataLoss(path + " " + problem, null);
        }
    }
}
