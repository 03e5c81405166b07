package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What etcd has at one revision.
 *
 * @param revision the newest revision of etcd, of whatever keys
 * @param life the id of the store
 * @param lastCommit the revision of the last commit, 0 before the first
 * @param mark the mark of that commit
 */
record ClusterState(long revision, UUID life, long lastCommit, CommitMark mark) {
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
     * @throws FailedPrecondition when the store has no life, or none of ours
     */
    static ClusterState of(TxnResponse response) {
        RangeResponse life = response.getResponses(0).getResponseRange();
        RangeResponse mark = response.getResponses(1).getResponseRange();
        if (life.getKvsCount() == 0) {
            throw new FailedPrecondition(
                    "the store in etcd has no life any more: start this daemon again to take it over");
        }
        return new ClusterState(
                response.getHeader().getRevision(),
                life(life.getKvs(0).getValue()),
                revision(mark),
                mark.getKvsCount() == 0
                        ? CommitMark.getDefaultInstance()
                        : ReplicatedCommit.mark(mark.getKvs(0).getValue(), revision(mark)));
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
            throw EtcdErrors.notDone(e.getCause() == null ? e : e.getCause());
        }
    }

    /** Whether a view is of this store. */
    boolean isOf(Snapshot view) {
        return Meta.instanceId(view).equals(life);
    }

    /**
     * Checks that the store still has a life.
     *
     * @throws FailedPrecondition when it has begun another
     */
    void requireLife(UUID expected) {
        if (!life.equals(expected)) {
            throw new FailedPrecondition(
                    "etcd has begun a new life, " + life + ": start this daemon again to take it over");
        }
    }

    /**
     * Checks that etcd is not behind a view.
     *
     * @throws FailedPrecondition when it is: etcd was set back
     */
    void requireNotBehind(Snapshot view) {
        long last = Revisions.last(view);
        if (last > lastCommit) {
            throw new FailedPrecondition("etcd is older than this daemon: its last commit is of revision " + lastCommit
                    + ", and the daemon has " + last + ". If etcd was restored from a backup, delete its key life: the"
                    + " store then begins a new life, and all daemons take over what etcd has");
        }
    }
}
