package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Unavailable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class ViewProgressTest {
    private final ViewProgress progress = new ViewProgress(5);

    @Test
    void whatWaitsGoesOnOnceTheViewHasItsRevision() {
        CompletableFuture<Void> six = progress.reached(6);
        CompletableFuture<Void> seven = progress.reached(7);
        assertTrue(progress.reached(5).isDone());

        progress.applied(6);

        assertTrue(six.isDone());
        assertFalse(seven.isDone());
        assertEquals(1, progress.waiters());
    }

    @Test
    void aWaiterThatTimesOutIsForgotten() {
        CompletableFuture<Void> late = progress.reached(6).orTimeout(1, TimeUnit.MILLISECONDS);

        Throwable error = assertThrows(CompletionException.class, late::join).getCause();
        assertInstanceOf(TimeoutException.class, error);
        FollowingDaemon.await(() -> progress.waiters() == 0);
    }

    @Test
    void whatWaitsFailsWhenTheViewIsClosed() {
        CompletableFuture<Void> six = progress.reached(6);

        progress.close();

        assertInstanceOf(
                Unavailable.class,
                assertThrows(CompletionException.class, six::join).getCause());
        assertThrows(CompletionException.class, () -> progress.reached(6).join());
    }
}
