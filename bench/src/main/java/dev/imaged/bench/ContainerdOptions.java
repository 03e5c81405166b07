package dev.imaged.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Which containerds are measured. */
final class ContainerdOptions {
    @Option(
            names = "--containerd-binary",
            split = ",",
            defaultValue = "containerd",
            description =
                    "The containerd to measure, a path or a name on the path. Several are measured next to each other,"
                            + " each under its version.")
    private List<String> binaries;

    /**
     * Returns them in the order in which they were given.
     *
     * @throws IOException when one does not run
     */
    List<Containerd> all() throws IOException {
        List<Containerd> all = new ArrayList<>();
        for (String binary : binaries) {
            all.add(Containerd.of(binary));
        }
        return all;
    }
}
