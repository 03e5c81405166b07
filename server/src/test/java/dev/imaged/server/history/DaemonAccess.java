package dev.imaged.server.history;

import dev.imaged.remote.RemoteImageStores;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** How a writer reaches a daemon, and waits for the next one when it has lost it. Thread-safe. */
interface DaemonAccess {
    long PAUSE_MILLIS = 20;

    RemoteImageStores connect();

    /** Returns the number of the present daemon, or of the one that was killed last. */
    int life();

    /** Waits for a daemon behind one that was lost. */
    void awaitAfter(int lost) throws InterruptedException;

    /** Returns that of a daemon that is the same all the time, or of several of which one always serves. */
    static DaemonAccess of(Supplier<RemoteImageStores> connect) {
        return new DaemonAccess() {
            @Override
            public RemoteImageStores connect() {
                return connect.get();
            }

            @Override
            public int life() {
                return 0;
            }

            @Override
            public void awaitAfter(int lost) throws InterruptedException {
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS); // it is there, but could not answer
            }
        };
    }
}
