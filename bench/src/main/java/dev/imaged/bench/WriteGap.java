package dev.imaged.bench;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Writes all the time, and tells for how long no write was answered. */
final class WriteGap implements AutoCloseable {
    private static final int WRITERS = 8;

    private final RemoteImageStores stores;
    private final List<Thread> writers;
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong lastAt = new AtomicLong(System.nanoTime());
    private final AtomicLong longest = new AtomicLong();
    private volatile boolean isClosed;

    WriteGap(List<String> addresses) {
        this.stores = RemoteImageStores.connect(addresses);
        this.writers = IntStream.range(0, WRITERS)
                .mapToObj(i -> new Thread(this::write, "writer"))
                .toList();
        writers.forEach(Thread::start);
    }

    private void write() {
        String start = UUID.randomUUID() + "-";
        for (int i = 0; !isClosed; i++) {
            try {
                stores.namespace("gap").create(new Image(start + i, new Descriptor("m", SyntheticImages.digest(i), 1)));
                long now = System.nanoTime();
                longest.accumulateAndGet(now - lastAt.getAndSet(now), Math::max);
                answered.incrementAndGet();
            } catch (ImageException e) {
                pause(); // and then the next one
            }
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for so many answers, and returns the longest time between two since the last call, in milliseconds. */
    double afterAnswers(int count) throws InterruptedException {
        long wanted = answered.get() + count;
        while (answered.get() < wanted) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return longest.getAndSet(0) / 1e6;
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            for (Thread writer : writers) {
                writer.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stores.close();
    }
}
