package dev.imaged.server.engine;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.Operation;
import dev.imaged.images.Revert;
import dev.imaged.images.Transactions;
import dev.imaged.images.Undo;
import dev.imaged.images.VersionedImage;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.server.engine.ImageTransactions.Caller;
import dev.imaged.server.engine.ImageTransactions.Done;
import dev.imaged.server.engine.ImageTransactions.Known;
import dev.imaged.server.engine.ImageTransactions.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The view of an engine as transactions, so that the contract runs over it in one process. */
record DecodedTransactions(ImageTransactions engine, String namespace) implements Transactions {
    private static final Caller CALLER = new Caller("", null, false);

    @Override
    public Applied apply(Apply apply) {
        return answer(
                engine.apply(namespace, apply, CALLER),
                apply.operations().stream().map(Operation::name).toList());
    }

    @Override
    public Applied revert(Revert revert) {
        return answer(
                engine.revert(namespace, revert, CALLER, Cancellation.NONE),
                revert.targets().stream().map(Revert.Target::name).toList());
    }

    @Override
    public Applied undo(Undo undo) {
        return answer(engine.undo(namespace, undo, CALLER, Cancellation.NONE), null);
    }

    private Applied answer(CompletableFuture<Outcome> written, @Nullable List<String> names) {
        Outcome outcome = await(written);
        return outcome instanceof Known known
                ? decode(engine.replay(namespace, known.revision(), names, Cancellation.NONE), true)
                : decode((Done) outcome, false);
    }

    private static Outcome await(CompletableFuture<Outcome> written) {
        try {
            return written.get();
        } catch (ExecutionException e) {
            throw (ImageException) e.getCause();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static Applied decode(Done done, boolean isReplayed) {
        return new Applied(
                done.position(),
                done.results().stream()
                        .map(result -> new Applied.Result(result.name(), result.kind(), decode(result.image())))
                        .toList(),
                isReplayed);
    }

    private static @Nullable VersionedImage decode(@Nullable EncodedVersion image) {
        try {
            return image == null
                    ? null
                    : new VersionedImage(
                            image.namespace(),
                            ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(image.image())),
                            image.revision(),
                            image.createdRevision());
        } catch (InvalidProtocolBufferException e) {
            throw new ImageException.DataLoss("a stored image cannot be decoded", e);
        }
    }
}
