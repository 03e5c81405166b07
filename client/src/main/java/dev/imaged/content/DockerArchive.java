package dev.imaged.content;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.internal.text.Excerpt;
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
 * The output of {@code docker save}, in a tar or unpacked in a folder. It names its files, not their digests, so all of
 * its files are hashed when it is opened. Its images get the manifests that containerd gives them on import, byte for
 * byte. Thread-safe.
 */
public final class DockerArchive implements ImageArchive {
    private final LayoutFiles files;
    private final Map<String, FileExtent> blobs = new HashMap<>();
    private final Map<String, byte[]> written = new HashMap<>();
    private final Map<String, Descriptor> hashed = new HashMap<>();
    private final List<Descriptor> manifests = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    DockerArchive(LayoutFiles files) throws IOException {
        this.files = files;
        for (DockerImageEntry entry : DockerImageEntry.list(files)) {
            try {
                addImage(entry);
            } catch (InvalidArgument e) {
                problems.add(new Problem(entry.fullNames(), e));
            }
        }
        if (manifests.isEmpty() && !problems.isEmpty()) {
            throw problems.get(0).error();
        }
    }

    /**
     * Opens an archive and hashes its files.
     *
     * @throws InvalidArgument when it is not such an archive, or none of its images can be read, for example because
     *     files are missing
     * @throws ResourceExhausted when it unpacks to more than {@link UnpackLimits#DEFAULT}
     * @throws IOException when there is no such file, or it cannot be read
     */
    public static DockerArchive open(Path archive) throws IOException {
        return LocalContent.open(LocalContent.files(archive, UnpackLimits.DEFAULT), DockerArchive::new);
    }

    /**
     * Returns an image for each name, and one without a name for an image that has no names. A valid name is written in
     * full.
     */
    @Override
    public List<Descriptor> manifests() {
        return List.copyOf(manifests);
    }

    @Override
    public List<Problem> problems() {
        return List.copyOf(problems);
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
            throw new NotFound("content " + blob.digest() + " in " + files.describe(DockerImageEntry.MANIFEST_FILE));
        }
        return extent.open();
    }

    @Override
    public void close() throws IOException {
        files.close();
    }

    private void addImage(DockerImageEntry entry) throws IOException {
        if (entry.config().isEmpty()) {
            throw new InvalidArgument(entry.place() + " Config is missing");
        }
        Descriptor config = hash(entry, entry.config());
        List<Descriptor> layers = new ArrayList<>();
        for (String path : entry.layers()) {
            layers.add(hash(entry, path));
        }
        byte[] manifest = manifest(new Descriptor(MediaType.DOCKER_CONFIG, config.digest(), config.size()), layers);
        Descriptor image = new Descriptor(
                MediaType.DOCKER_MANIFEST, Digest.sha256(manifest).toString(), manifest.length);
        written.put(image.digest(), manifest);
        if (entry.names().isEmpty()) {
            manifests.add(image);
        }
        for (String name : entry.fullNames()) {
            manifests.add(image.withAnnotations(Map.of(NAME_ANNOTATION, name)));
        }
    }

    /** Returns the descriptor of a file, typed as a layer. Images may share files, so each file is hashed once. */
    private Descriptor hash(DockerImageEntry entry, String path) throws IOException {
        Descriptor known = hashed.get(path);
        if (known != null) {
            return known;
        }
        FileExtent extent = files.find(path);
        if (extent == null) {
            String obstacle = files.obstacle(path);
            throw new InvalidArgument(entry.place() + ": file " + Excerpt.quote(path) + " "
                    + (obstacle == null ? "is missing" : obstacle));
        }
        LayerProbe probe = LayerProbe.of(extent);
        Descriptor blob = new Descriptor(
                probe.compressed() ? MediaType.DOCKER_LAYER_GZIP : MediaType.DOCKER_LAYER,
                probe.digest().toString(),
                extent.size());
        blobs.put(blob.digest(), extent);
        hashed.put(path, blob);
        return blob;
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
