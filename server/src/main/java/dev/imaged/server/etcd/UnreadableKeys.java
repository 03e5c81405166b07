package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Meta;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of images in etcd that a view leaves out, because they or their values are not what a daemon writes. The view keeps them, too,
 * for the next start. Thread-safe.
 */
final class UnreadableKeys {
    private static final Logger log = LoggerFactory.getLogger(UnreadableKeys.class);

    /** More are told, but not counted: another program may write below the prefix for long. */
    private static final int MAX = 10_000;

    private final Set<ByteString> keys = new HashSet<>();

    /** Whether there may be any in the view. */
    private boolean isUsed;

    /** Takes those that a view keeps instead of those that are known, and tells them again. */
    void load(Snapshot view) {
        clear();
        Meta.leftOut(view).forEach(this::add);
    }

    /** Returns what a view keeps of a key that cannot be read. */
    static Meta.LeftOut leftOut(KeyValue entry, DataLoss reason) {
        return new Meta.LeftOut(
                entry.getKey().toByteArray(), entry.getModRevision(), String.valueOf(reason.getMessage()));
    }

    /** Tells that a key cannot be read; returns whether the view has to keep that. */
    boolean add(Meta.LeftOut entry) {
        log.error(
                "key {} of revision {} in etcd does not hold an image, which is left out: {}",
                Excerpt.quote(new String(entry.key(), StandardCharsets.UTF_8)),
                entry.revision(),
                entry.reason());
        ByteString key = ByteString.copyFrom(entry.key());
        synchronized (this) {
            isUsed = true;
            return keys.contains(key) || (keys.size() < MAX && keys.add(key));
        }
    }

    /** Says that a key was deleted, or holds an image again; returns whether the view may have to forget it. */
    synchronized boolean remove(ByteString key) {
        keys.remove(key);
        return isUsed;
    }

    /** Forgets all, because all keys are read again. */
    synchronized void clear() {
        keys.clear();
        isUsed = false;
    }

    /** Returns one of some keys that cannot be read, null when there is none. */
    synchronized @Nullable ByteString firstOf(Stream<ByteString> some) {
        return keys.isEmpty() ? null : some.filter(keys::contains).findFirst().orElse(null);
    }

    synchronized int count() {
        return keys.size();
    }
}
