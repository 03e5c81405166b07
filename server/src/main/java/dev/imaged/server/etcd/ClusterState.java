package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.kv.FollowedStore;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What etcd has at one revision.
 *
 * @param revision the newest revision of etcd, of whatever keys
 * @param life the id of the store, null when it has none
 * @param lastCommit the revision of the last commit, 0 before the first
 * @param mark the mark of that commit; one that says nothing when there is none, or it cannot be read
 */
record ClusterState(long revision, @Nullable UUID life, long lastCommit, CommitMark mark) {
    /**
     * Reads the state, and gives a new cluster its life. For a thread that may wait.
     *
     * @throws ImageException.Unavailable when etcd does not answer
     */
    static ClusterState read(EtcdClient client, EtcdKeys keys) {
        TxnResponse response = await(client.txn(request(keys), true));
        RangeResponse life = response.getResponses(0).getResponseRange();
        if (life.getKvsCount() == 0) {
            ByteString id = ByteString.copyFromUtf8(UUID.randomUUID().toString());
            await(client.txn(
                    TxnRequest.newBuilder()
                            .addCompare(CommitRequest.revision(keys.life(), 0))
                            .addSuccess(CommitRequest.put(keys.life(), id, 0))
                            .build(),
                    true));
            return read(client, keys);
        }
        return of(response);
    }

    /**
     * Checks that etcd has the store of a copy, with all that the copy had. For a thread that may wait.
     *
     * @throws FailedPrecondition when etcd does not have it
     * @throws ImageException.Unavailable when etcd does not answer
     */
    static void requireHas(EtcdClient client, EtcdKeys keys, FollowedStore copied) {
        ClusterState state = of(await(client.txn(request(keys), true)));
        if (!state.isOf(copied.id())) {
            throw new FailedPrecondition("etcd does not have store " + copied.id() + " any more");
        }
        state.requireNotBehind(copied.revision());
    }

    /** Returns the question for the state. */
    static TxnRequest request(EtcdKeys keys) {
        return TxnRequest.newBuilder()
                .addSuccess(CommitRequest.get(keys.life()))
                .addSuccess(CommitRequest.get(keys.mark()))
                .build();
    }

    /**
     * Returns the state that an answer holds.
     *
     * @throws FailedPrecondition when the key of the life does not hold one
     */
    static ClusterState of(TxnResponse response) {
        RangeResponse life = response.getResponses(0).getResponseRange();
        RangeResponse mark = response.getResponses(1).getResponseRange();
        CommitMark last = mark.getKvsCount() == 0
                ? null
                : ReplicatedCommit.mark(mark.getKvs(0).getValue());
        return new ClusterState(
                response.getHeader().getRevision(),
                life.getKvsCount() == 0 ? null : life(life.getKvs(0).getValue()),
                revision(mark),
                last == null ? CommitMark.getDefaultInstance() : last);
    }

    /** Returns the revision that changed a key last, 0 when there is none. */
    static long revision(RangeResponse key) {
        return key.getKvsCount() == 0 ? 0 : key.getKvs(0).getModRevision();
    }

    private static UUID life(ByteString value) {
        try {
            return UUID.fromString(value.toStringUtf8());
        } catch (IllegalArgumentException e) {
            throw new FailedPrecondition(
                    "the key life in etcd does not hold the id of a store: another program uses the"
                            + " prefix; give another with --etcd-prefix",
                    e);
        }
    }

    /** Waits for an answer of etcd. */
    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw EtcdErrors.notDone(EtcdErrors.cause(e));
        }
    }

    /**
     * Returns the life.
     *
     * @throws ImageException.Unavailable when the store has none at the moment
     */
    UUID requireLife() {
        if (life == null) {
            throw otherLife();
        }
        return life;
    }

    /** Whether the store has a life. */
    boolean isOf(UUID expected) {
        return expected.equals(life);
    }

    /** Returns the error of a view whose store has begun another life. */
    static ImageException otherLife() {
        return EtcdErrors.unavailable(
                "the store in etcd has begun a new life, and this daemon takes it over: try again later, or another daemon",
                null);
    }

    /**
     * Checks that etcd is not behind a view.
     *
     * @param applied the revision that the view had before etcd was asked for this state
     * @throws FailedPrecondition when it is: etcd was set back
     */
    void requireNotBehind(long applied) {
        if (applied > revision) {
            throw new FailedPrecondition("etcd is older than this daemon: its revision is " + revision
                    + ", and the daemon has " + applied
                    + ". If etcd was restored from a backup, delete its key life: the"
                    + " store then begins a new life, and all daemons take over what etcd has");
        }
    }
}
