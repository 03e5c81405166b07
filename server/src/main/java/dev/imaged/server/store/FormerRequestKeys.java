package dev.imaged.server.store;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Schema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The first stores of schema 3 listed request ids without their namespaces, in entries that nothing reads any more. */
final class FormerRequestKeys {
    private static final Logger log = LoggerFactory.getLogger(FormerRequestKeys.class);

    /** How many entries a transaction replaces, so that none is large. */
    private static final int BATCH = 1000;

    private FormerRequestKeys() {}

    /** Gives the ids of commits that are kept the entries that they have now, and drops the others, once in the life of a store. */
    static void replaceAll(Database database) {
        if (database.read(Meta::haveRequestsNamespaces)) {
            return;
        }
        try {
            for (List<byte[]> keys = find(database); !keys.isEmpty(); keys = find(database)) {
                List<byte[]> found = keys;
                database.write(batch -> {
                    found.forEach(key -> replaceOne(batch, key));
                    return found;
                });
            }
            database.write(batch -> {
                Meta.requestsHaveNamespaces(batch);
                return batch;
            });
        } catch (ImageException e) { // the images can be read; the next start tries again
            log.warn("the request ids of commits stay as they are: {}", e.getMessage());
        }
    }

    private static List<byte[]> find(Database database) {
        return database.read(snapshot -> {
            List<byte[]> found = new ArrayList<>();
            snapshot.scan(Schema.REQUESTS, new byte[0], (key, value) -> {
                if (isFormer(key)) {
                    found.add(key);
                }
                return found.size() < BATCH;
            });
            return found;
        });
    }

    /** Whether there is no namespace in a key: an id has visible characters only. */
    private static boolean isFormer(byte[] key) {
        for (byte each : key) {
            if (each == 0) {
                return false;
            }
        }
        return true;
    }

    private static void replaceOne(WriteBatch batch, byte[] key) {
        byte[] revision = batch.get(Schema.REQUESTS, key);
        Change change =
                revision == null || revision.length != Long.BYTES ? null : commit(batch, Keys.revision(revision));
        String id = new String(key, StandardCharsets.UTF_8);
        if (change != null && revision != null && change.cause().requestId().equals(id)) {
            putIfAbsent(batch, Keys.request(change.namespace(), id), revision);
        }
        batch.delete(Schema.REQUESTS, key);
    }

    private static void putIfAbsent(WriteBatch batch, byte[] key, byte[] value) {
        if (!batch.contains(Schema.REQUESTS, key)) {
            batch.put(Schema.REQUESTS, key, value);
        }
    }

    private static @Nullable Change commit(Snapshot snapshot, long revision) {
        try {
            return ChangeLog.first(snapshot, revision);
        } catch (DataLoss e) {
            return null;
        }
    }
}
