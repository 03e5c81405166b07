package dev.imaged.content;

import dev.imaged.oci.ExecutionConfig;
import dev.imaged.oci.ImageConfig;
import dev.imaged.oci.ImageConfig.History;
import dev.imaged.oci.ImageConfig.RootFs;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the config of an image (OCI image-spec, config.md). Not thread-safe. */
final class ConfigReader {
    private static final JsonKeys KEYS =
            JsonKeys.of("created", "author", "config", "rootfs", "history").and(PlatformFields.KEYS);
    private static final JsonKeys ROOT_FS_KEYS = JsonKeys.of("type", "diff_ids");
    private static final JsonKeys HISTORY_KEYS =
            JsonKeys.of("created", "created_by", "author", "comment", "empty_layer");

    private final StrictJson json;
    private @Nullable Instant created;
    private String author = "";
    private ExecutionConfig config = ExecutionConfig.EMPTY;
    private RootFs rootFs = new RootFs("", List.of());
    private List<History> history = List.of();

    ConfigReader(StrictJson json) {
        this.json = json;
    }

    ImageConfig read() throws IOException {
        PlatformFields platform = new PlatformFields(json);
        json.object(KEYS, key -> {
            switch (key) {
                case "created" -> created = json.time();
                case "author" -> author = json.text();
                case "config" -> config = new ExecutionConfigReader(json).read();
                case "rootfs" -> rootFs = rootFs();
                case "history" -> history = json.list(ConfigReader::history);
                default -> platform.read(key);
            }
        });
        return new ImageConfig(created, author, platform.platform(), config, rootFs, history);
    }

    private RootFs rootFs() throws IOException {
        var fields = new Object() {
            String type = "";
            List<String> diffIds = List.of();
        };
        json.object(ROOT_FS_KEYS, key -> {
            switch (key) {
                case "type" -> fields.type = json.text();
                case "diff_ids" -> fields.diffIds = json.list(DescriptorReader::digest);
                default -> {}
            }
        });
        return new RootFs(fields.type, fields.diffIds);
    }

    private static History history(StrictJson json) throws IOException {
        var fields = new Object() {
            @Nullable
            Instant created;

            String createdBy = "";
            String author = "";
            String comment = "";
            boolean emptyLayer;
        };
        json.object(HISTORY_KEYS, key -> {
            switch (key) {
                case "created" -> fields.created = json.time();
                case "created_by" -> fields.createdBy = json.text();
                case "author" -> fields.author = json.text();
                case "comment" -> fields.comment = json.text();
                case "empty_layer" -> fields.emptyLayer = json.bool();
                default -> {}
            }
        });
        return new History(fields.created, fields.createdBy, fields.author, fields.comment, fields.emptyLayer);
    }
}
