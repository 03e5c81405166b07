package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.maintenance.BackupSink;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A backup in a tar: the files, and at the end an entry {@code checksums}. It has a line for each file: its CRC32C in hexadecimal and
 * its name. A tar without that entry ended early. It may be compressed with gzip. Both directions.
 */
final class BackupTar implements BackupSink {
    private static final String CHECKSUMS = "checksums";
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int MAX_CHECKSUMS_BYTES = 64 * 1024 * 1024;

    private final TarArchiveOutputStream tar;
    private final OutputStream out;
    private final StringBuilder checksums = new StringBuilder();
    private final CRC32C crc = new CRC32C();
    private @Nullable String name;

    private BackupTar(OutputStream out) {
        this.out = out;
        this.tar = new TarArchiveOutputStream(out);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    }

    /** Starts to write a new file. */
    static BackupTar create(Path path, boolean compressed) throws IOException {
        OutputStream file = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream out = compressed ? new GZIPOutputStream(file, BUFFER_BYTES) : file;
        return new BackupTar(new BufferedOutputStream(out, BUFFER_BYTES));
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
    public void finish() throws IOException {
        endFile();
        byte[] lines = checksums.toString().getBytes(StandardCharsets.UTF_8);
        begin(CHECKSUMS, lines.length);
        tar.write(lines);
        tar.closeArchiveEntry();
        tar.close();
    }

    /** Closes the file. If the tar is not finished, it stays without its end. */
    @Override
    public void close() throws IOException {
        out.close();
    }

    /**
     * Passes the files of a tar, which may be compressed with gzip, to a sink.
     *
     * @param name the name of the tar in messages
     * @throws DataLoss when the tar is not a backup, ended early or is damaged; the files in the sink are of no use then
     */
    static void read(Path path, String name, BackupSink sink) throws IOException {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES);
                InputStream unpacked = reading(name, () -> unpacked(file));
                TarArchiveInputStream tar = new TarArchiveInputStream(unpacked)) {
            StringBuilder found = new StringBuilder();
            byte[] bytes = new byte[BUFFER_BYTES];
            for (TarArchiveEntry entry; (entry = reading(name, tar::getNextEntry)) != null; ) {
                if (entry.getName().equals(CHECKSUMS)) {
                    byte[] lines = reading(name, () -> tar.readNBytes(MAX_CHECKSUMS_BYTES));
                    require(new String(lines, StandardCharsets.UTF_8).contentEquals(found), name + " is damaged");
                    reading(
                            name,
                            () -> unpacked.transferTo(
                                    OutputStream
                                            .nullOutputStream())); // to the end, where gzip compares its own checksum
                    return;
                }
                BackupFile next = new BackupFile(entry.getName(), entry.getSize());
                passing(name, () -> sink.file(next));
                CRC32C crc = new CRC32C();
                for (int count; (count = reading(name, () -> tar.read(bytes))) > 0; ) {
                    int read = count;
                    crc.update(bytes, 0, read);
                    passing(name, () -> sink.data(bytes, read));
                }
                found.append(line(entry.getName(), crc));
            }
        }
        require(false, name + " is not a backup, or is incomplete");
    }

    private static InputStream unpacked(InputStream file) throws IOException {
        file.mark(2);
        boolean compressed = (file.read() | file.read() << 8) == GZIPInputStream.GZIP_MAGIC;
        file.reset();
        return compressed ? new GZIPInputStream(file, BUFFER_BYTES) : file;
    }

    private interface Step<T extends @Nullable Object> {
        T run() throws IOException;
    }

    private interface Passing {
        void run() throws IOException;
    }

    /** Adds the name of the tar to what a sink finds wrong with its files. Other errors of the sink are about another file. */
    private static void passing(String name, Passing step) throws IOException {
        try {
            step.run();
        } catch (DataLoss e) {
            throw new DataLoss(name + " is damaged, or is incomplete: " + e.getMessage(), e);
        }
    }

    /** Adds the name of the tar to an error of reading it. */
    private static <T extends @Nullable Object> T reading(String name, Step<T> step) throws IOException {
        try {
            return step.run();
        } catch (EOFException | ZipException e) {
            throw new DataLoss(name + " is damaged, or is incomplete: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new IOException(name + " cannot be read as a backup: " + e.getMessage(), e);
        }
    }

    private static void require(boolean condition, String problem) {
        if (!condition) {
            throw new DataLoss(problem, null);
        }
    }
}
