package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.internal.text.Excerpt;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of images in etcd that a view leaves out, because they or their values are not what a daemon writes. It knows those that it
 * met since the daemon started. Thread-safe.
 */
final class UnreadableKeys {
    private static final Logger log = LoggerFactory.getLogger(UnreadableKeys.class);

    /** More are told, but not counted: another program may write below the prefix for long. */
    private static final int MAX = 10_000;

    private final Set<ByteString> keys = new HashSet<>();

    /** Tells that a key cannot be read. */
    void add(ByteString key, long revision, String reason) {
        log.error(
                "key {} of revision {} in etcd does not hold an image, which is left out: {}",
                Excerpt.quote(key.toStringUtf8()),
                revision,
                reason);
        synchronized (this) {
            if (keys.size() < MAX) {
                keys.add(key);
            }
        }
    }

    /** Says that a key was deleted, or holds an image again. */
    synchronized void remove(ByteString key) {
        if (!keys.isEmpty()) {
            keys.remove(key);
        }
    }

    /** Forgets all, because all keys are read again. */
    synchronized void clear() {
        keys.clear();
    }

    /** Returns one of some keys that cannot be read, null when there is none. */
    synchronized @Nullable ByteString firstOf(Stream<ByteString> some) {
        return keys.isEmpty() ? null : some.filter(keys::contains).findFirst().orElse(null);
    }

    synchronized int count() {
        return keys.size();
    }
}
