package dev.imaged.content;

import dev.imaged.oci.Platform;
import java.io.IOException;
import java.util.List;

/** The fields of a platform, which stand in an entry of an index and in a config alike. Not thread-safe. */
final class PlatformFields {
    static final JsonKeys KEYS = JsonKeys.of("architecture", "os", "os.version", "os.features", "variant");

    private final StrictJson json;
    private String architecture = "";
    private String os = "";
    private String osVersion = "";
    private List<String> osFeatures = List.of();
    private String variant = "";

    PlatformFields(StrictJson json) {
        this.json = json;
    }

    /** Reads the field of a key, if the key is one of these. */
    void read(String key) throws IOException {
        switch (key) {
            case "architecture" -> architecture = json.text();
            case "os" -> os = json.text();
            case "os.version" -> osVersion = json.text();
            case "os.features" -> osFeatures = json.listOfTexts();
            case "variant" -> variant = json.text();
            default -> {}
        }
    }

    Platform platform() {
        return new Platform(architecture, os, osVersion, osFeatures, variant);
    }
}
