package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.Compare;
import dev.imaged.proto.etcd.Compare.CompareTarget;
import dev.imaged.proto.etcd.DeleteRangeRequest;
import dev.imaged.proto.etcd.PutRequest;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RequestOp;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.write.Proposal;
import dev.imaged.server.store.write.Proposal.ProposedCommit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Builds the transactions of etcd that commits are. */
final class CommitRequest {
    /** etcd takes 128 by default. */
    private static final int MAX_COMPARES = 120;

    private CommitRequest() {}

    /**
     * Returns the transaction of a commit of a proposal: it is carried out if nothing that the commit depends on has changed, and the attempt was not
     * forbidden.
     */
    static TxnRequest of(EtcdKeys keys, UUID life, Proposal proposal, int index, ByteString attempt) {
        ProposedCommit commit = proposal.commits().get(index);
        TxnRequest.Builder request = TxnRequest.newBuilder();
        request.addCompare(revision(keys.attempt(attempt), 0));
        request.addCompare(isLife(keys, life));
        if (commit.reads().size() > MAX_COMPARES || (index == 0 && proposal.dependsOnAll())) {
            request.addCompare(revision(keys.mark(), proposal.snapshotRevision()));
        } else {
            commit.reads().forEach((key, read) -> request.addCompare(revision(keys.image(key), read)));
        }
        commit.changes().forEach((key, message) -> request.addSuccess(change(keys.image(key), message.orElse(null))));
        request.addSuccess(put(keys.mark(), mark(commit, attempt).toByteString(), 0));
        return request.build();
    }

    /** Returns the transaction that forbids an attempt for good, or reads when that was done. */
    static TxnRequest forbid(EtcdKeys keys, ByteString attempt, long lease) {
        ByteString key = keys.attempt(attempt);
        return TxnRequest.newBuilder()
                .addCompare(revision(key, 0))
                .addSuccess(put(key, ByteString.EMPTY, lease))
                .addFailure(get(key))
                .build();
    }

    /** Returns the condition that a key was last changed by a revision; 0 for a key that does not exist. */
    static Compare revision(ByteString key, long revision) {
        return Compare.newBuilder()
                .setTarget(CompareTarget.MOD)
                .setKey(key)
                .setModRevision(revision)
                .build();
    }

    private static Compare isLife(EtcdKeys keys, UUID life) {
        return Compare.newBuilder()
                .setTarget(CompareTarget.VALUE)
                .setKey(keys.life())
                .setValue(ByteString.copyFromUtf8(life.toString()))
                .build();
    }

    static RequestOp get(ByteString key) {
        return RequestOp.newBuilder()
                .setRequestRange(RangeRequest.newBuilder().setKey(key))
                .build();
    }

    static RequestOp put(ByteString key, ByteString value, long lease) {
        return RequestOp.newBuilder()
                .setRequestPut(
                        PutRequest.newBuilder().setKey(key).setValue(value).setLease(lease))
                .build();
    }

    private static RequestOp change(ByteString key, @Nullable ByteString message) {
        return message != null
                ? put(key, message, 0)
                : RequestOp.newBuilder()
                        .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key))
                        .build();
    }

    private static CommitMark mark(ProposedCommit commit, ByteString attempt) {
        Cause cause = commit.cause();
        return CommitMark.newBuilder()
                .setAttempt(attempt)
                .setTime(ImageProtos.toProto(commit.time()))
                .setActor(cause.actor())
                .setRequestId(cause.requestId())
                .setRequestHash(cause.requestHash())
                .setReason(cause.reason())
                .setUndoneRevision(cause.undoneRevision())
                .build();
    }
}
