package dev.imaged.server.history;

import dev.imaged.server.DaemonProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A daemon on one folder that is killed and started again. Those who lose it can wait until it is back. Thread-safe. */
final class DaemonLives implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    /** It never lives long enough for the second compiler to be of use. */
    private static final List<String> JVM = List.of("-Xmx256m", "-XX:TieredStopAtLevel=1");

    private final Path folder;
    private DaemonProcess daemon;
    private int life;

    DaemonLives(Path folder) throws IOException {
        this.folder = folder;
        this.daemon = serve();
    }

    private DaemonProcess serve() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(DaemonProcess.serveArguments(folder)));
        arguments.addAll(List.of("--keep-changes", "100000000"));
        DaemonProcess started = DaemonProcess.start(folder, JVM, arguments.toArray(String[]::new));
        started.greeting();
        return started;
    }

    String address() {
        return "unix://" + folder.resolve("s");
    }

    /** Returns the number of the present daemon, or of the one that was killed last. */
    synchronized int life() {
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

    /** Waits for a daemon behind one that was lost. */
    synchronized void awaitAfter(int lost) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (life <= lost) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("no daemon follows the one with the number " + lost);
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    @Override
    public void close() {
        daemon.close();
    }
}
