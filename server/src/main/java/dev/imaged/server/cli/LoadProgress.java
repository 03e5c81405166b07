package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.Unimplemented;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** The progress of a load, for a person who waits, and for the message when it stops early. For one thread. */
final class LoadProgress implements AutoCloseable {
    private final AtomicLong count = new AtomicLong(); // an interruption reads it on another thread
    private final Progress shown;
    private final Interruption.Running running = Interruption.begin(this::howFar, this::howFar);

    /** @param shown closed with this */
    LoadProgress(Progress shown) {
        this.shown = shown;
    }

    /** Counts an image that is about to be handed over. */
    void next() {
        count.incrementAndGet();
        shown.step(1);
    }

    /** Returns the error to report when the load fails. It says how far the load came, unless the error names the wrong image. */
    Exception stopped(ImageException error) {
        boolean saysEnough = error instanceof InvalidArgument
                || error instanceof AlreadyExists
                || error instanceof Unimplemented
                || Interruption.isRequested();
        return saysEnough || count.get() == 0 ? error : new IOException(error.getMessage() + "; " + howFar(), error);
    }

    private String howFar() {
        return "the load stopped at image " + count
                + ", and none behind it is stored; run the same command again for the"
                + " rest: an image that is stored already stays as it is";
    }

    @Override
    public void close() {
        running.close();
        shown.close();
    }
}
