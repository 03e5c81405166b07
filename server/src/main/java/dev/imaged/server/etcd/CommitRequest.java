package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.Compare;
import dev.imaged.proto.etcd.Compare.CompareTarget;
import dev.imaged.proto.etcd.DeleteRangeRequest;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.PutRequest;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.RequestOp;
import dev.imaged.proto.etcd.TxnRequest;
import dev.imaged.proto.etcd.TxnResponse;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.ChangeLog.KnownRequest;
import dev.imaged.server.store.record.Keys;
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
     * What a transaction has besides its commit.
     *
     * @param attempt its id
     * @param idLease the lease of the request id; 0 without an id
     * @param soleRight the revision of the right to write alone; 0 without it
     */
    record Terms(ByteString attempt, long idLease, long soleRight) {}

    /** Whether a proposal depends on more than a transaction can compare, so it has to have the right to write alone. */
    static boolean needsSoleRight(Proposal proposal) {
        return proposal.dependsOnAll() || proposal.commits().get(0).reads().size() > MAX_COMPARES;
    }

    /**
     * Returns the transaction of a commit of a proposal: it is carried out if nothing that the commit depends on has changed, the attempt
     * was not forbidden, nobody else writes alone, and no request with the same id was carried out. If not, the answer says which of the
     * last two it was: see {@link #isLocked} and {@link #known}. With the right to write alone, only other programs can have changed
     * something, so only what the commit changes is compared.
     */
    static TxnRequest of(EtcdKeys keys, UUID life, Proposal proposal, int index, Terms terms) {
        ProposedCommit commit = proposal.commits().get(index);
        TxnRequest.Builder request = TxnRequest.newBuilder();
        request.addCompare(revision(keys.attempt(terms.attempt()), 0));
        request.addCompare(isLife(keys, life));
        request.addCompare(revision(keys.alone(), terms.soleRight()));
        request.addFailure(get(keys.alone()));
        if (terms.soleRight() != 0) {
            request.addSuccess(delete(keys.alone()));
        }
        commit.reads().forEach((key, read) -> {
            if (terms.soleRight() == 0 || commit.changes().containsKey(key)) {
                request.addCompare(revision(keys.image(key), read));
            }
        });
        commit.changes().forEach((key, message) -> request.addSuccess(change(keys.image(key), message.orElse(null))));
        request.addSuccess(put(keys.mark(), mark(commit, terms.attempt()).toByteString(), 0));
        if (hasId(commit)) {
            ByteString id = keys.request(commit.namespace(), commit.cause().requestId());
            request.addCompare(revision(id, 0));
            request.addSuccess(put(id, request(keys, commit).toByteString(), terms.idLease()));
            request.addFailure(get(id));
        }
        return request.build();
    }

    /** Returns the transaction that takes the right to write alone, or reads who has it. */
    static TxnRequest takeRight(EtcdKeys keys, ByteString owner, long lease) {
        return TxnRequest.newBuilder()
                .addCompare(revision(keys.alone(), 0))
                .addSuccess(put(keys.alone(), owner, lease))
                .addFailure(get(keys.alone()))
                .build();
    }

    /** Returns the transaction that gives the right to write alone back. */
    static TxnRequest giveRightBack(EtcdKeys keys, long revision) {
        return TxnRequest.newBuilder()
                .addCompare(revision(keys.alone(), revision))
                .addSuccess(delete(keys.alone()))
                .build();
    }

    /** Returns the transaction that gives the right to write alone back if an owner has it. */
    static TxnRequest giveRightBack(EtcdKeys keys, ByteString owner) {
        return TxnRequest.newBuilder()
                .addCompare(value(keys.alone(), owner))
                .addSuccess(delete(keys.alone()))
                .build();
    }

    static boolean hasId(ProposedCommit commit) {
        return !commit.cause().requestId().isEmpty();
    }

    private static dev.imaged.proto.etcd.v1.KnownRequest request(EtcdKeys keys, ProposedCommit commit) {
        dev.imaged.proto.etcd.v1.KnownRequest.Builder request = dev.imaged.proto.etcd.v1.KnownRequest.newBuilder()
                .setHash(commit.cause().requestHash());
        commit.changes().keySet().forEach(key -> request.addNames(Keys.name(keys.storeKey(keys.image(key)))));
        return request.build();
    }

    /** Returns the request that was carried out with the id of a commit that was not; null when there is none. */
    static @Nullable KnownRequest known(TxnResponse refused) {
        return refused.getResponsesCount() < 2
                ? null
                : known(refused.getResponses(1).getResponseRange());
    }

    /** Whether a commit was not carried out because another had the right to write alone. */
    static boolean isLocked(TxnResponse refused) {
        return refused.getResponses(0).getResponseRange().getKvsCount() > 0;
    }

    /** Returns the request that the key of an id holds, null when there is no such key. */
    static @Nullable KnownRequest known(RangeResponse key) {
        if (key.getKvsCount() == 0) {
            return null;
        }
        KeyValue entry = key.getKvs(0);
        return new KnownRequest(
                entry.getModRevision(),
                ReplicatedCommit.request(entry.getValue(), entry.getModRevision())
                        .getHash());
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
        return value(keys.life(), ByteString.copyFromUtf8(life.toString()));
    }

    private static Compare value(ByteString key, ByteString value) {
        return Compare.newBuilder()
                .setTarget(CompareTarget.VALUE)
                .setKey(key)
                .setValue(value)
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

    private static RequestOp delete(ByteString key) {
        return RequestOp.newBuilder()
                .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key))
                .build();
    }

    private static RequestOp change(ByteString key, @Nullable ByteString message) {
        return message == null ? delete(key) : put(key, message, 0);
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
