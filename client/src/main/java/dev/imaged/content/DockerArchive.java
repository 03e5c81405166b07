package dev.imaged.content;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.errors.Excerpt;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A tar as {@code docker save} writes it, not compressed and read without unpacking it. It names its files, not their
 * digests: all of them are hashed when it is opened. Its images get the manifests that containerd gives them on import,
 * byte for byte. Nothing is held open between two calls. Thread-safe.
 */
public final class DockerArchive implements ImageArchive {
    static final String MANIFEST_FILE = "manifest.json";

    private final TarFiles files;
    private final Map<String, FileExtent> blobs = new HashMap<>();
    private final Map<String, byte[]> written = new HashMap<>();
    private final Map<String, Descriptor> hashed = new HashMap<>();
    private final List<Descriptor> manifests = new ArrayList<>();

    DockerArchive(TarFiles files) throws IOException {
        this.files = files;
        String file = files.describe(MANIFEST_FILE);
        byte[] json = find(MANIFEST_FILE).readDocument(file);
        for (Entry entry : StrictJson.<List<Entry>>read(file, json, list -> list.list(Entry::read))) {
            addImage(entry);
        }
    }

    /**
     * Opens an archive and hashes what is in it.
     *
     * @throws InvalidArgument when it is none, or a file that it names is missing
     * @throws IOException when there is no such file, or it cannot be read
     */
    public static DockerArchive open(Path tar) throws IOException {
        return new DockerArchive(TarFiles.open(tar));
    }

    /** An image in {@code manifest.json}, with its names in full. */
    private record Entry(String config, List<String> tags, List<String> layers) {
        static Entry read(StrictJson json) throws IOException {
            var fields = new Object() {
                String config = "";
                List<String> tags = List.of();
                List<String> layers = List.of();
            };
            json.object(key -> {
                switch (key) {
                    case "Config" -> fields.config = json.text();
                    case "RepoTags" -> fields.tags = json.list(Entry::tag);
                    case "Layers" -> fields.layers = json.listOfTexts();
                    default -> {}
                }
            });
            return new Entry(fields.config, fields.tags, fields.layers);
        }

        private static String tag(StrictJson json) throws IOException {
            return DockerReference.normalize(json.place(), json.text());
        }
    }

    /** Returns an image for each of the tags, which is its name in full, and one without a name for an image without. */
    @Override
    public List<Descriptor> manifests() {
        return List.copyOf(manifests);
    }

    @Override
    public ContentReader open(Descriptor blob) throws IOException {
        Digest.requireValid(blob.digest());
        byte[] bytes = written.get(blob.digest());
        if (bytes != null) {
            return new BytesReader(bytes);
        }
        FileExtent extent = blobs.get(blob.digest());
        if (extent == null) {
            throw new NotFound("content " + blob.digest() + " in " + files.describe(MANIFEST_FILE));
        }
        return extent.open();
    }

    private void addImage(Entry entry) throws IOException {
        Descriptor config = hash(entry.config());
        List<Descriptor> layers = new ArrayList<>();
        for (String path : entry.layers()) {
            layers.add(hash(path));
        }
        byte[] manifest = manifest(new Descriptor(MediaType.DOCKER_CONFIG, config.digest(), config.size()), layers);
        Descriptor image = new Descriptor(
                MediaType.DOCKER_MANIFEST, Digest.sha256(manifest).toString(), manifest.length);
        written.put(image.digest(), manifest);
        if (entry.tags().isEmpty()) {
            manifests.add(image);
        }
        for (String tag : entry.tags()) {
            manifests.add(image.withAnnotations(Map.of(NAME_ANNOTATION, tag)));
        }
    }

    /** Returns the descriptor of a file as that of a layer; many images share their files. */
    private Descriptor hash(String path) throws IOException {
        Descriptor known = hashed.get(path);
        if (known != null) {
            return known;
        }
        FileExtent extent = find(path);
        LayerProbe probe = LayerProbe.of(extent);
        Descriptor blob = new Descriptor(
                probe.compressed() ? MediaType.DOCKER_LAYER_GZIP : MediaType.DOCKER_LAYER,
                probe.digest().toString(),
                extent.size());
        blobs.put(blob.digest(), extent);
        hashed.put(path, blob);
        return blob;
    }

    private FileExtent find(String path) {
        FileExtent extent = files.find(path);
        if (extent == null) {
            throw new InvalidArgument(files.describe(MANIFEST_FILE) + ": file " + Excerpt.quote(path) + " is missing");
        }
        return extent;
    }

    /** Writes the manifest with containerd's order of the fields, on which the digest depends. */
    private static byte[] manifest(Descriptor config, List<Descriptor> layers) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("schemaVersion", 2);
            json.writeStringField("mediaType", MediaType.DOCKER_MANIFEST);
            json.writeFieldName("config");
            write(json, config);
            json.writeArrayFieldStart("layers");
            for (Descriptor layer : layers) {
                write(json, layer);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, Descriptor descriptor) throws IOException {
        json.writeStartObject();
        json.writeStringField("mediaType", descriptor.mediaType());
        json.writeStringField("digest", descriptor.digest());
        json.writeNumberField("size", descriptor.size());
        json.writeEndObject();
    }
}
