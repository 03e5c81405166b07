package dev.imaged.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server's program with a folder of its own, to start again and again. */
record Installation(String name, Path folder, Program program) {
    /** Starts a server in a folder. */
    @FunctionalInterface
    interface Program {
        ServerProcess start(Path folder) throws IOException, InterruptedException;
    }

    /** Makes a folder for a server. */
    static Installation in(Path parent, String name, Program program) throws IOException {
        return new Installation(name, Files.createDirectory(parent.resolve(name.replace(' ', '-'))), program);
    }

    /** Starts it and waits until it has answered a first call. */
    Contender start() throws IOException, InterruptedException {
        return new Contender(name, program.start(folder));
    }
}
