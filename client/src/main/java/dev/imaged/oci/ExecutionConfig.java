package dev.imaged.oci;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How an image is run unless its runner says otherwise (OCI image-spec, config.md, "config"). Immutable and
 * thread-safe. A field that is not given is empty.
 *
 * @param user the user who runs it, {@code USER[:GROUP]} as names or numbers
 * @param exposedPorts the ports it listens on, {@code 80/tcp}
 * @param env its environment, {@code NAME=VALUE}
 * @param entrypoint the command
 * @param cmd the arguments of the command, or the command when there is no entrypoint
 * @param volumes the folders whose content belongs to one container
 * @param workingDir where the command starts
 * @param labels what its author says about the image, in ascending order of the keys
 * @param stopSignal the signal that ends it
 * @param argsEscaped Windows: the command's first element is the whole command line
 */
public record ExecutionConfig(
        String user,
        Set<String> exposedPorts,
        List<String> env,
        List<String> entrypoint,
        List<String> cmd,
        Set<String> volumes,
        String workingDir,
        Map<String, String> labels,
        String stopSignal,
        boolean argsEscaped) {
    /** Nothing is given. */
    public static final ExecutionConfig EMPTY =
            new ExecutionConfig("", Set.of(), List.of(), List.of(), List.of(), Set.of(), "", Map.of(), "", false);

    public ExecutionConfig {
        exposedPorts = Collections.unmodifiableSet(new TreeSet<>(exposedPorts));
        env = List.copyOf(env);
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        volumes = Collections.unmodifiableSet(new TreeSet<>(volumes));
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }
}
