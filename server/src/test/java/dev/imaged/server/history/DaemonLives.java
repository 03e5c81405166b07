package dev.imaged.server.history;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.Peers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A daemon on one folder that is killed and started again. Those who lose it can wait until it is back. Thread-safe. */
final class DaemonLives implements DaemonAccess, AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final Path folder;
    private final List<String> options;
    private DaemonProcess daemon;
    private int life;

    /** @param options of the daemon, besides those that say where its data and its socket are */
    DaemonLives(Path folder, String... options) throws IOException {
        this.folder = folder;
        this.options = List.of(options);
        this.daemon = serve();
    }

    private DaemonProcess serve() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(DaemonProcess.serveArguments(folder)));
        arguments.addAll(List.of("--keep-changes", "100000000"));
        arguments.addAll(options);
        DaemonProcess started = DaemonProcess.start(folder, arguments.toArray(String[]::new));
        started.greeting();
        return started;
    }

    String address() {
        return "unix://" + folder.resolve("s");
    }

    @Override
    public RemoteImageStores connect() {
        return RemoteImageStores.connect(address());
    }

    @Override
    public synchronized int life() {
        return life;
    }

    /** Kills the daemon, and starts the next. */
    void restart() throws IOException {
        daemon.kill();
        daemon = serve();
        synchronized (this) {
            life++;
            notifyAll();
        }
    }

    @Override
    public synchronized void awaitAfter(int lost) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (life <= lost) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("no daemon follows the one with the number " + lost);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** Sends a signal to the daemon. */
    void signal(String name) throws IOException {
        Peers.run("kill", "-" + name, String.valueOf(daemon.pid()));
    }

    /** Has the daemon end in order, and returns the folder of its data. */
    Path end() throws IOException {
        daemon.terminate();
        DaemonProcess.Ended ended = daemon.awaitEnd();
        assertEquals(0, ended.code(), ended.err());
        return folder.resolve("data");
    }

    @Override
    public void close() {
        daemon.close();
    }
}
