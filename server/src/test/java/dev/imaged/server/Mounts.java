package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** File systems that a test mounts, which only root may. What is still mounted in the end is unmounted. For one thread. */
public final class Mounts implements AutoCloseable {
    private final Deque<Path> mounted = new ArrayDeque<>();

    /** Skips the test, or in CI fails it, when this user may not mount. */
    public static void require() throws IOException {
        Path folder = Files.createTempDirectory("mount");
        try (Mounts mounts = new Mounts()) {
            mounts.tmpfs(folder);
        } catch (AssertionError | IOException e) {
            if ("true".equals(System.getenv("CI"))) {
                fail("file systems cannot be mounted", e);
            }
            abort("file systems cannot be mounted: " + e.getMessage());
        } finally {
            Files.delete(folder);
        }
    }

    /** Mounts an empty file system in memory. */
    public void tmpfs(Path folder) throws IOException {
        mount(folder, "-t", "tmpfs", "imaged");
    }

    /** Mounts what is in one folder on another. */
    public void bind(Path from, Path folder) throws IOException {
        mount(folder, "--bind", from.toString());
    }

    private void mount(Path folder, String... how) throws IOException {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(how));
        command.add(folder.toString());
        Peers.run(command);
        mounted.push(folder);
    }

    /** Unmounts a folder although files in it are in use. */
    public void unmount(Path folder) throws IOException {
        Peers.run("umount", "--lazy", folder.toString());
        mounted.remove(folder);
    }

    @Override
    public void close() throws IOException {
        while (!mounted.isEmpty()) {
            unmount(mounted.peek());
        }
    }
}
