package dev.imaged.server.store.record;

import com.google.protobuf.ByteString;
import dev.imaged.server.store.kv.Snapshot;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the changes of a snapshot. Every method throws DataLoss when a change that it needs is damaged, and names the revision. */
public final class ChangeLog {
    private static final byte[] NOTHING = {};

    private ChangeLog() {}

    /** Sees one change after the other; returns whether to go on. */
    public interface Visitor {
        boolean visit(Change change);
    }

    /** Shows the changes of all commits from a revision on, the oldest first, until the visitor stops. */
    public static void forEach(Snapshot snapshot, long from, Visitor visitor) {
        Schema.CHANGES.scan(
                snapshot, NOTHING, Keys.revision(from), (key, value) -> visitor.visit(ChangeCodec.decode(key, value)));
    }

    /** Returns the changes of one commit in the order of their names; none when it is not kept. */
    public static List<Change> commit(Snapshot snapshot, long revision) {
        List<Change> changes = new ArrayList<>();
        byte[] prefix = Keys.revision(revision);
        Schema.CHANGES.scan(snapshot, prefix, prefix, (key, value) -> changes.add(ChangeCodec.decode(key, value)));
        return changes;
    }

    /** Returns what a commit did to an image, null when it is not kept or did nothing to it. */
    public static @Nullable Change find(Snapshot snapshot, long revision, String namespace, String name) {
        Change[] found = new Change[1];
        byte[] prefix = Keys.revision(revision);
        Schema.CHANGES.scan(snapshot, prefix, prefix, (key, value) -> {
            Change change = ChangeCodec.decode(key, value);
            boolean isOf = change.name().equals(name) && change.namespace().equals(namespace);
            found[0] = isOf ? change : null;
            return !isOf;
        });
        return found[0];
    }

    /** Returns the first change of a commit, null when it is not kept. */
    public static @Nullable Change first(Snapshot snapshot, long revision) {
        byte[] key = Keys.revision(revision);
        byte[] value = Schema.CHANGES.get(snapshot, key);
        return value == null ? null : ChangeCodec.decode(key, value);
    }

    /** Returns the revision that deleted an image, 0 when the image exists or its deletion is not kept. */
    public static long deleted(Snapshot snapshot, byte[] imageKey) {
        byte[] value = snapshot.get(Schema.DELETED, imageKey);
        return value == null ? 0 : Keys.revision(value);
    }

    /**
     * A request that was carried out.
     *
     * @param revision that of its commit
     * @param hash a hash of the request without its id; empty when it is not known
     */
    public record KnownRequest(long revision, ByteString hash) {}

    /** Returns the request of a namespace that has an id, null when none is known. */
    public static @Nullable KnownRequest knownRequest(Snapshot snapshot, String namespace, String requestId) {
        long revision = request(snapshot, namespace, requestId);
        if (revision == 0) {
            return null;
        }
        Change first = first(snapshot, revision);
        return new KnownRequest(
                revision, first == null ? ByteString.EMPTY : first.cause().requestHash());
    }

    /** Returns the revision of the commit of a namespace that a request id made, 0 when it is not known. */
    public static long request(Snapshot snapshot, String namespace, String requestId) {
        byte[] value = snapshot.get(Schema.REQUESTS, Keys.request(namespace, requestId));
        return value == null ? 0 : Keys.revision(value);
    }
}
