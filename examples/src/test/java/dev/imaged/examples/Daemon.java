package dev.imaged.examples;

import dev.imaged.remote.RemoteImageStores;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The daemon as its own process on a new store, and a connection to it. */
final class Daemon implements AutoCloseable {
    private final Process process;
    private final RemoteImageStores stores;
    private final String address;

    /** Returns once the daemon listens. */
    Daemon(Path folder) throws IOException {
        address = "unix://" + folder.resolve("s");
        Path log = folder.resolve("log");
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        Path.of("..", "server", "target", "imaged.jar").toString(),
                        "serve",
                        "--data",
                        folder.resolve("data").toString(),
                        "--listen",
                        address)
                .redirectError(log.toFile())
                .start();
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        while (line != null && !line.startsWith("try: ")) {
            line = out.readLine();
        }
        if (line == null) {
            throw new AssertionError("the daemon ended: " + Files.readString(log));
        }
        stores = RemoteImageStores.connect(address);
    }

    String address() {
        return address;
    }

    RemoteImageStores stores() {
        return stores;
    }

    @Override
    public void close() {
        stores.close();
        process.destroyForcibly();
    }
}
