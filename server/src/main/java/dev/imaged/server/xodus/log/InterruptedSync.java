package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jetbrains.exodus.io.FileDataWriter;

/**
 * Checks that commits are synced even on an interrupted thread. An interrupt closes the file of a channel, and the engine takes the
 * sync of a closed file for done. The engine keeps interrupts away from its channels if the JVM lets it.
 */
public final class InterruptedSync {
    private InterruptedSync() {}

    /**
     * Syncs a file the way that the engine does, on a thread of its own that is interrupted.
     *
     * @param file any file; it is not changed
     * @throws FailedPrecondition when the interrupt prevents the sync in this JVM
     */
    public static void requireDone(Path file) {
        FutureTask<Boolean> check = new FutureTask<>(() -> isDone(file));
        Thread thread = new Thread(check, "interrupted sync");
        thread.setDaemon(true);
        thread.start();
        try {
            if (!check.get()) {
                throw new FailedPrecondition(
                        "this JVM (" + System.getProperty("java.version")
                                + ") would let an interrupt keep a commit from the disk: start it with"
                                + " --add-opens java.base/sun.nio.ch=ALL-UNNAMED, or with -jar imaged.jar, which sets it itself");
            }
        } catch (ExecutionException e) {
            throw new FailedPrecondition(
                    "whether commits reach the disk cannot be tried on " + file + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedPrecondition("whether commits reach the disk was not tried: interrupted", e);
        }
    }

    private static boolean isDone(Path file) throws IOException, ReflectiveOperationException {
        Method sync = FileDataWriter.Companion.getClass().getDeclaredMethod("forceSync", RandomAccessFile.class);
        sync.setAccessible(true);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
            Thread.currentThread().interrupt();
            sync.invoke(FileDataWriter.Companion, opened);
            return opened.getChannel().isOpen();
        }
    }
}
