package dev.imaged.content;

import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes layouts for tests, valid unless a test says otherwise. */
public final class TestLayout {
    private final Path folder;
    private final List<String> manifests = new ArrayList<>();

    /** Begins a layout without manifests. */
    public TestLayout(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
        file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        index();
    }

    /** Replaces a file. */
    public TestLayout file(String path, String text) throws IOException {
        Files.createDirectories(folder.resolve(path).getParent());
        Files.writeString(folder.resolve(path), text);
        return this;
    }

    /** Adds a blob. */
    public Descriptor blob(String mediaType, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String digest = sha256(bytes);
        file("blobs/" + digest.replace(':', '/'), text);
        return new Descriptor(mediaType, digest, bytes.length);
    }

    /** Adds an image of one layer; {@code content} makes its digest another. */
    public Descriptor image(String content) throws IOException {
        Descriptor config = blob(MediaType.OCI_CONFIG, "{\"architecture\":\"amd64\",\"os\":\"linux\"}");
        return manifest(config, blob(MediaType.OCI_LAYER, content));
    }

    /** Adds a manifest. */
    public Descriptor manifest(Descriptor config, Descriptor... layers) throws IOException {
        String list = Stream.of(layers).map(TestLayout::json).collect(Collectors.joining(","));
        return blob(
                MediaType.OCI_MANIFEST,
                "{\"schemaVersion\":2,\"config\":" + json(config) + ",\"layers\":[" + list + "]}");
    }

    /** Adds an index. */
    public Descriptor index(Descriptor... manifests) throws IOException {
        String list = Stream.of(manifests).map(TestLayout::json).collect(Collectors.joining(","));
        return blob(MediaType.OCI_INDEX, "{\"schemaVersion\":2,\"manifests\":[" + list + "]}");
    }

    /** Lists a target in {@code index.json}. */
    public TestLayout list(Descriptor target, Map<String, String> annotations) throws IOException {
        manifests.add(json(target.withAnnotations(annotations)));
        return index();
    }

    private TestLayout index() throws IOException {
        return file("index.json", "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", manifests) + "]}");
    }

    /** Returns where a blob lies. */
    public Path path(Descriptor blob) {
        return folder.resolve("blobs/" + blob.digest().replace(':', '/'));
    }

    /** Returns the folder. */
    public Path folder() {
        return folder;
    }

    /** Writes the layout as a tar next to its folder. */
    public Path tar() throws IOException {
        Path tar = folder.resolveSibling(folder.getFileName() + ".tar");
        try (OutputStream out = Files.newOutputStream(tar);
                TarArchiveOutputStream entries = new TarArchiveOutputStream(out);
                Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.skip(1).toList()) {
                entries.putArchiveEntry(new TarArchiveEntry(file, "./" + folder.relativize(file)));
                if (Files.isRegularFile(file)) {
                    Files.copy(file, entries);
                }
                entries.closeArchiveEntry();
            }
        }
        return tar;
    }

    private static String json(Descriptor descriptor) {
        String annotations = descriptor.annotations().entrySet().stream()
                .map(entry -> "\"" + entry.getKey() + "\":\"" + entry.getValue() + "\"")
                .collect(Collectors.joining(",", "{", "}"));
        return "{\"mediaType\":\"" + descriptor.mediaType() + "\",\"digest\":\"" + descriptor.digest() + "\",\"size\":"
                + descriptor.size() + ",\"annotations\":" + annotations + ",\"data\":\"" + descriptor.data() + "\"}";
    }

    private static String sha256(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
