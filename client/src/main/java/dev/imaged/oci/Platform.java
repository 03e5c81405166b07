package dev.imaged.oci;

import java.util.List;

/**
 * What an image runs on (OCI image-spec, image-index.md, "platform"). Immutable and thread-safe. Nothing is checked
 * here; a text that is not given is empty.
 *
 * @param architecture the CPU, as Go names it: {@code amd64}
 * @param os the operating system, as Go names it: {@code linux}
 * @param osVersion the version of the operating system: {@code 10.0.17763.1}
 * @param osFeatures what the operating system must offer: {@code win32k}
 * @param variant the variant of the CPU: {@code v8}
 */
public record Platform(String architecture, String os, String osVersion, List<String> osFeatures, String variant) {
    public Platform {
        osFeatures = List.copyOf(osFeatures);
    }

    /** A platform of which only the operating system and the CPU are known. */
    public Platform(String os, String architecture) {
        this(architecture, os, "", List.of(), "");
    }
}
