package dev.imaged.server.store.write;

import com.google.protobuf.ByteString;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.ChangeLog.KnownRequest;
import dev.imaged.server.store.record.DecodedRecord;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a mutation would write, for another store that decides whether it is done: the commits, and what they depend on. Nothing is
 * written. For one thread, while the snapshot is open; the results may be read later.
 */
public final class Proposal extends WriteTransaction {
    private final Snapshot snapshot;
    private final CommitClock clock;
    private final long snapshotRevision;

    /** The names that the first commit depends on, by their keys, and the revisions that changed them last; 0 for no image. */
    private final Map<ByteBuffer, Long> reads = new LinkedHashMap<>();

    /** The images that this proposal has changed. */
    private final Map<ByteBuffer, Optional<DecodedRecord>> changed = new HashMap<>();

    private final List<ProposedCommit> commits = new ArrayList<>();
    private boolean dependsOnAll;
    private final @Nullable KnownRequest elsewhere;
    private @Nullable RequestKey unknownRequest;

    /** A request id, which is for its namespace only. */
    public record RequestKey(String namespace, String id) {}

    /**
     * A commit of a proposal.
     *
     * @param changes by the keys of the images; the message of the image after, empty when there is none
     * @param reads the revisions that have to be those of the last changes of some keys; 0 for no image
     */
    public record ProposedCommit(
            String namespace,
            Cause cause,
            Instant time,
            Map<ByteBuffer, Optional<ByteString>> changes,
            Map<ByteBuffer, Long> reads) {}

    /**
     * Begins a proposal on a snapshot, with times of a clock.
     *
     * @param elsewhere what the other store knows of the request, if the snapshot does not know it; null for nothing
     */
    public Proposal(Snapshot snapshot, CommitClock clock, @Nullable KnownRequest elsewhere) {
        this.snapshot = snapshot;
        this.clock = clock;
        this.elsewhere = elsewhere;
        this.snapshotRevision = Revisions.last(snapshot);
    }

    /** Returns the commits in their order; none when nothing is to change. Only the first depends on what was read before. */
    public List<ProposedCommit> commits() {
        return commits;
    }

    /** Whether the first commit depends on more than its reads: nothing at all may have changed since the snapshot. */
    public boolean dependsOnAll() {
        return dependsOnAll;
    }

    /** Returns the revision of the snapshot. */
    public long snapshotRevision() {
        return snapshotRevision;
    }

    /** Returns the request that the mutation asked for in vain, null when it did not. The other store may know it. */
    public @Nullable RequestKey unknownRequest() {
        return unknownRequest;
    }

    @Override
    public @Nullable KnownRequest knownRequest(String namespace, String requestId) {
        KnownRequest known = super.knownRequest(namespace, requestId);
        if (known != null || elsewhere != null) {
            return known != null ? known : elsewhere;
        }
        unknownRequest = new RequestKey(namespace, requestId);
        return null;
    }

    @Override
    public Commit begin(String namespace, Cause cause) {
        return new Commit(this, namespace, cause, nextTime(), Commit.PENDING);
    }

    /** A proposal may come to nothing, so it takes no time from the clock: that is for those who carry it out. */
    private Instant nextTime() {
        Instant time = clock.peek();
        if (commits.isEmpty()) {
            return time;
        }
        Instant before = commits.get(commits.size() - 1).time();
        return time.isAfter(before) ? time : before.plusNanos(1);
    }

    @Override
    public void answers(long answerBytes) {}

    @Override
    public Snapshot snapshot() {
        return snapshot;
    }

    @Override
    public boolean exists(String namespace, String name) {
        return find(namespace, name) != null;
    }

    @Override
    public @Nullable DecodedRecord find(String namespace, String name) {
        byte[] key = Keys.image(namespace, name);
        Optional<DecodedRecord> own = changed.get(ByteBuffer.wrap(key));
        if (own != null) {
            return own.orElse(null);
        }
        byte[] value = Schema.IMAGES.get(snapshot, key);
        EncodedRecord record = value == null ? null : ImageCodec.decode(key, value);
        reads.put(ByteBuffer.wrap(key), record == null ? 0 : record.modifiedRevision());
        return record == null ? null : new DecodedRecord(record, ImageCodec.image(record));
    }

    /** The name may be made and deleted again meanwhile, and then no revision of an image tells it. */
    @Override
    public long deletedRevision(String namespace, String name) {
        dependsOnAll = true;
        return super.deletedRevision(namespace, name);
    }

    @Override
    public long revision() {
        return commits.isEmpty() ? snapshotRevision : Commit.PENDING;
    }

    @Override
    int writes() {
        return changed.size();
    }

    @Override
    void write(Commit commit, List<Commit.Write> changes) {
        if (changes.isEmpty()) {
            return;
        }
        Map<ByteBuffer, Long> compared = commits.isEmpty() ? new LinkedHashMap<>(reads) : new LinkedHashMap<>();
        Map<ByteBuffer, Optional<ByteString>> after = new LinkedHashMap<>();
        for (Commit.Write change : changes) {
            ByteBuffer key = ByteBuffer.wrap(change.key());
            DecodedRecord before = change.before();
            EncodedRecord record = change.after();
            compared.put(key, before == null ? 0 : before.record().modifiedRevision());
            after.put(key, Optional.ofNullable(record).map(EncodedRecord::message));
            changed.put(
                    key,
                    change.image() == null || record == null
                            ? Optional.empty()
                            : Optional.of(new DecodedRecord(record, change.image())));
        }
        commits.add(new ProposedCommit(commit.namespace(), commit.cause(), commit.time(), after, compared));
    }
}
