package dev.imaged.content;

import dev.imaged.oci.ExecutionConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads how an image is run (OCI image-spec, config.md, "config"). Not thread-safe. */
final class ExecutionConfigReader {
    private static final JsonKeys KEYS = JsonKeys.of(
            "User",
            "ExposedPorts",
            "Env",
            "Entrypoint",
            "Cmd",
            "Volumes",
            "WorkingDir",
            "Labels",
            "StopSignal",
            "ArgsEscaped");

    private final StrictJson json;
    private String user = "";
    private Set<String> exposedPorts = Set.of();
    private List<String> env = List.of();
    private List<String> entrypoint = List.of();
    private List<String> cmd = List.of();
    private Set<String> volumes = Set.of();
    private String workingDir = "";
    private Map<String, String> labels = Map.of();
    private String stopSignal = "";
    private boolean argsEscaped;

    ExecutionConfigReader(StrictJson json) {
        this.json = json;
    }

    ExecutionConfig read() throws IOException {
        json.object(KEYS, key -> {
            switch (key) {
                case "User" -> user = json.text();
                case "ExposedPorts" -> exposedPorts = json.keys();
                case "Env" -> env = json.listOfTexts();
                case "Entrypoint" -> entrypoint = json.listOfTexts();
                case "Cmd" -> cmd = json.listOfTexts();
                case "Volumes" -> volumes = json.keys();
                case "WorkingDir" -> workingDir = json.text();
                case "Labels" -> labels = json.texts();
                case "StopSignal" -> stopSignal = json.text();
                case "ArgsEscaped" -> argsEscaped = json.bool();
                default -> {}
            }
        });
        return new ExecutionConfig(
                user, exposedPorts, env, entrypoint, cmd, volumes, workingDir, labels, stopSignal, argsEscaped);
    }
}
