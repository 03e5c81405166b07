package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The transactions of this daemon whose end is not known yet, and what the watch tells of them. Thread-safe. */
final class Attempts {
    private static final long NOT_SEEN = 0;

    private final UUID daemon = UUID.randomUUID();
    private final AtomicLong count = new AtomicLong();
    private final Map<ByteString, Long> open = new ConcurrentHashMap<>();

    /** Begins an attempt, and returns an id that no other attempt of any daemon has. */
    ByteString begin() {
        byte[] id = ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(daemon.getMostSignificantBits())
                .putLong(daemon.getLeastSignificantBits())
                .putLong(count.incrementAndGet())
                .array();
        ByteString attempt = ByteString.copyFrom(id);
        open.put(attempt, NOT_SEEN);
        return attempt;
    }

    /** Notes the revision that an attempt made. */
    void seen(ByteString attempt, long revision) {
        open.computeIfPresent(attempt, (same, before) -> revision);
    }

    /** Ends an attempt, and returns the revision that it made; 0 if none was seen. */
    long end(ByteString attempt) {
        Long revision = open.remove(attempt);
        return revision == null ? NOT_SEEN : revision;
    }
}
