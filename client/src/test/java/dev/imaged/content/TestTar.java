package dev.imaged.content;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Writes a tar, entry by entry. */
public final class TestTar implements AutoCloseable {
    private final Path file;
    private final TarArchiveOutputStream out;

    /** Begins a tar. */
    public TestTar(Path file) throws IOException {
        this.file = file;
        this.out = new TarArchiveOutputStream(Files.newOutputStream(file));
        out.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
    }

    /** Adds a file. */
    public TestTar file(String name, byte[] bytes) {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        entry.setSize(bytes.length);
        return add(entry, bytes);
    }

    /** Adds a file. */
    public TestTar file(String name, String text) {
        return file(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Adds a file with attributes (POSIX.1-2017, pax, "pax Extended Header"). */
    public TestTar paxFile(String name, Map<String, String> attributes, String text) {
        StringBuilder records = new StringBuilder();
        attributes.forEach((key, value) -> records.append(record(key, value)));
        TarArchiveEntry entry = new TarArchiveEntry("attributes", TarConstants.LF_PAX_EXTENDED_HEADER_LC);
        byte[] bytes = records.toString().getBytes(StandardCharsets.UTF_8);
        entry.setSize(bytes.length);
        return add(entry, bytes).file(name, text);
    }

    /** The length of a record counts its own digits. */
    private static String record(String key, String value) {
        String rest = " " + key + "=" + value + "\n";
        int length = rest.length() + 1;
        while (Integer.toString(length).length() + rest.length() != length) {
            length++;
        }
        return length + rest;
    }

    /** Adds the name of the next entry, as GNU tar writes one that is too long for a header. */
    public TestTar longName(String name) {
        TarArchiveEntry entry = new TarArchiveEntry(TarConstants.GNU_LONGLINK, TarConstants.LF_GNUTYPE_LONGNAME);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        entry.setSize(bytes.length);
        return add(entry, bytes);
    }

    /** Adds a symbolic link. */
    public TestTar symbolicLink(String name, String target) {
        return link(TarConstants.LF_SYMLINK, name, target);
    }

    /** Adds a hard link. */
    public TestTar hardLink(String name, String target) {
        return link(TarConstants.LF_LINK, name, target);
    }

    /** Adds what has a type and no bytes, such as a pipe. */
    public TestTar special(byte type, String name) {
        return add(new TarArchiveEntry(name, type, true), new byte[0]);
    }

    private TestTar link(byte type, String name, String target) {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        entry.setLinkName(target);
        return add(entry, new byte[0]);
    }

    private TestTar add(TarArchiveEntry entry, byte[] bytes) {
        try {
            out.putArchiveEntry(entry);
            out.write(bytes);
            out.closeArchiveEntry();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the tar and returns where it is. */
    public Path write() throws IOException {
        close();
        return file;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
