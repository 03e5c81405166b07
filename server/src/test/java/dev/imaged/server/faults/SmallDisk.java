package dev.imaged.server.faults;

import dev.imaged.server.Peers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system of a few MiB in memory, mounted on a folder. Where this process may not mount one, the test is skipped. */
record SmallDisk(Path folder) implements AutoCloseable {
    static SmallDisk mount(Path folder, int mebibytes) throws IOException {
        Peers.require("mount", "umount");
        Files.createDirectories(folder);
        try {
            Peers.run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", folder.toString());
        } catch (AssertionError e) {
            Peers.require(false, "no file system can be mounted: " + e.getMessage());
        }
        return new SmallDisk(folder);
    }

    /** From now on nothing can be written to it, whoever tries. */
    void makeReadOnly() throws IOException {
        Peers.run("mount", "-o", "remount,ro", folder.toString());
    }

    /** Takes it away even while something of it is open. */
    @Override
    public void close() throws IOException {
        Peers.run("umount", "--lazy", folder.toString());
    }
}
