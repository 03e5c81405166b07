package dev.imaged.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The real buildah with a storage of its own, which builds images from nothing. */
public final class Buildah {
    private final Path storage;

    /** @param storage a folder, empty at first */
    public Buildah(Path storage) {
        Peers.require("buildah");
        this.storage = storage;
    }

    /** Runs a command of buildah and returns what it printed. */
    public String run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "buildah",
                "--root",
                storage.resolve("root").toString(),
                "--runroot",
                storage.resolve("run").toString(),
                "--storage-driver",
                "vfs"));
        command.addAll(List.of(arguments));
        return Peers.run(command);
    }

    /** Builds an image of one layer for a CPU. */
    public void image(String name, String architecture) throws IOException {
        image(name, architecture, "", "oci", 1);
    }

    /**
     * Builds an image.
     *
     * @param variant of the CPU, empty for none
     * @param format {@code oci} or {@code docker}
     * @param layers how many, each with a file of its own
     */
    public void image(String name, String architecture, String variant, String format, int layers) throws IOException {
        String base = "scratch";
        for (int layer = 1; layer <= layers; layer++) {
            String text = "layer " + layer + " for " + architecture + variant + "\n";
            Path file = Files.writeString(storage.resolve("file" + layer), text.repeat(100 * layer));
            String container = run("from", "--arch", architecture, base);
            run("copy", container, file.toString(), "/file" + layer);
            run("config", "--os", "linux", "--arch", architecture, "--variant", variant, container);
            run("commit", "--format", format, "--rm", container, name);
            base = name;
        }
    }

    /** Builds an index of images. */
    public void index(String name, String... images) throws IOException {
        run("manifest", "create", name);
        for (String image : images) {
            run("manifest", "add", name, image);
        }
    }
}
