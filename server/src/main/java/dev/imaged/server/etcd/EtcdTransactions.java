package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.images.Apply;
import dev.imaged.images.Change;
import dev.imaged.images.Position;
import dev.imaged.images.Revert;
import dev.imaged.images.Undo;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.store.record.Keys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Requests of several images, which the view carries out. Etcd knows requests longer than a view does that was filled or has dropped
 * changes: their answers are read from etcd.
 */
record EtcdTransactions(ImageTransactions view, EtcdClient client, EtcdKeys keys, UUID life)
        implements ImageTransactions {
    @Override
    public CompletableFuture<Outcome> apply(String namespace, Apply apply, Caller caller) {
        return view.apply(namespace, apply, caller);
    }

    @Override
    public CompletableFuture<Outcome> revert(
            String namespace, Revert revert, Caller caller, Cancellation cancellation) {
        return view.revert(namespace, revert, caller, cancellation);
    }

    @Override
    public CompletableFuture<Outcome> undo(String namespace, Undo undo, Caller caller, Cancellation cancellation) {
        return view.undo(namespace, undo, caller, cancellation);
    }

    @Override
    public Done replay(String namespace, long revision, @Nullable List<String> names, Cancellation cancellation) {
        try {
            return view.replay(namespace, revision, names, cancellation);
        } catch (OutOfRange notKept) {
            return replayFromEtcd(namespace, revision, names, cancellation, notKept);
        }
    }

    /** @param notKept thrown when etcd does not keep the commit either */
    private Done replayFromEtcd(
            String namespace,
            long revision,
            @Nullable List<String> names,
            Cancellation cancellation,
            OutOfRange notKept) {
        KeyValue mark = read(keys.mark(), revision, notKept);
        CommitMark commit = mark == null ? null : ReplicatedCommit.mark(mark.getValue());
        if (commit == null) {
            throw notKept;
        }
        KeyValue request = read(keys.request(namespace, commit.getRequestId()), revision, notKept);
        if (request == null) {
            throw notKept;
        }
        List<String> changed =
                ReplicatedCommit.request(request.getValue(), revision).getNamesList();
        List<Result> results = new ArrayList<>();
        for (String name : names == null ? changed : names) {
            cancellation.check();
            KeyValue image = read(keys.image(ByteBuffer.wrap(Keys.image(namespace, name))), revision, notKept);
            results.add(new Result(
                    name,
                    changed.contains(name) ? kind(image, revision) : null,
                    image == null
                            ? null
                            : new EncodedVersion(
                                    namespace, image.getValue(), image.getModRevision(), image.getCreateRevision())));
        }
        return new Done(new Position(life.toString(), revision), results);
    }

    private static Change.Kind kind(@Nullable KeyValue after, long revision) {
        if (after == null) {
            return Change.Kind.DELETE;
        }
        return after.getCreateRevision() == revision ? Change.Kind.CREATE : Change.Kind.UPDATE;
    }

    /** Returns a key as it was at a revision, null when there was none. */
    private @Nullable KeyValue read(ByteString key, long revision, OutOfRange notKept) {
        RangeResponse found = client.getAt(key, revision);
        if (found == null) {
            throw notKept;
        }
        return found.getKvsCount() == 0 ? null : found.getKvs(0);
    }
}
