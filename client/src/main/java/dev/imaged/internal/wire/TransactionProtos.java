package dev.imaged.internal.wire;

import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException.Internal;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.Change;
import dev.imaged.images.Condition;
import dev.imaged.images.Condition.Existence;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.Undo;
import dev.imaged.proto.v1.ApplyRequest;
import dev.imaged.proto.v1.ApplyResponse;
import dev.imaged.proto.v1.RevertRequest;
import dev.imaged.proto.v1.UndoRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Both directions between the requests of transactions and their messages. */
public final class TransactionProtos {
    private TransactionProtos() {}

    /** Returns the message of a request. */
    public static ApplyRequest toProto(String namespace, Apply apply) {
        ApplyRequest.Builder proto = ApplyRequest.newBuilder()
                .setNamespace(namespace)
                .setRequestId(apply.options().requestId())
                .setReason(apply.options().reason())
                .setValidateOnly(apply.options().validateOnly());
        apply.operations().forEach(operation -> proto.addOperations(toProto(operation)));
        apply.checks()
                .forEach(check -> proto.addChecks(ApplyRequest.Check.newBuilder()
                        .setName(check.name())
                        .setCondition(toProto(check.condition()))));
        return proto.build();
    }

    /**
     * Returns the request of a message.
     *
     * @throws InvalidArgument when an operation is missing, a time is out of range, or a condition is of an unknown kind
     */
    public static Apply fromProto(ApplyRequest proto) {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < proto.getOperationsCount(); i++) {
            operations.add(fromProto("operations[" + i + "]", proto.getOperations(i)));
        }
        List<Apply.Check> checks = new ArrayList<>();
        for (int i = 0; i < proto.getChecksCount(); i++) {
            ApplyRequest.Check check = proto.getChecks(i);
            checks.add(new Apply.Check(check.getName(), fromProto("checks[" + i + "]", check.getCondition())));
        }
        RequestOptions options = new RequestOptions(proto.getRequestId(), proto.getReason(), proto.getValidateOnly());
        return new Apply(operations, checks, options);
    }

    private static dev.imaged.proto.v1.Operation toProto(Operation operation) {
        dev.imaged.proto.v1.Operation.Builder proto = dev.imaged.proto.v1.Operation.newBuilder();
        if (!operation.condition().equals(Condition.NONE)) {
            proto.setCondition(toProto(operation.condition()));
        }
        if (operation instanceof Operation.Create create) {
            var message = proto.getCreateBuilder().setImage(ImageProtos.toProto(create.image()));
            Instant epoch = create.sourceDateEpoch();
            if (epoch != null) {
                message.setSourceDateEpoch(ImageProtos.toProto(epoch));
            }
        } else if (operation instanceof Operation.Update update) {
            var message = proto.getUpdateBuilder()
                    .setImage(ImageProtos.toProto(update.image()))
                    .setUpdateMask(ImageProtos.toProto(update.mask()));
            Instant epoch = update.sourceDateEpoch();
            if (epoch != null) {
                message.setSourceDateEpoch(ImageProtos.toProto(epoch));
            }
        } else if (operation instanceof Operation.Put put) {
            var message = proto.getPutBuilder().setImage(ImageProtos.toProto(put.image()));
            Instant epoch = put.sourceDateEpoch();
            if (epoch != null) {
                message.setSourceDateEpoch(ImageProtos.toProto(epoch));
            }
        } else if (operation instanceof Operation.Tag tag) {
            proto.getTagBuilder().setSource(tag.source()).setName(tag.name()).setTargetOnly(tag.targetOnly());
        } else if (operation instanceof Operation.Delete delete) {
            proto.getDeleteBuilder().setName(delete.name()).setIgnoreMissing(delete.ignoreMissing());
        }
        return proto.build();
    }

    private static Operation fromProto(String place, dev.imaged.proto.v1.Operation proto) {
        Condition condition = fromProto(place, proto.getCondition());
        return switch (proto.getOperationCase()) {
            case CREATE -> {
                var create = proto.getCreate();
                yield new Operation.Create(
                        ImageProtos.fromRequest(create.getImage()),
                        create.hasSourceDateEpoch() ? epoch(place, create.getSourceDateEpoch()) : null,
                        condition);
            }
            case UPDATE -> {
                var update = proto.getUpdate();
                yield new Operation.Update(
                        ImageProtos.fromRequest(update.getImage()),
                        ImageProtos.fromProto(update.getUpdateMask()),
                        update.hasSourceDateEpoch() ? epoch(place, update.getSourceDateEpoch()) : null,
                        condition);
            }
            case PUT -> {
                var put = proto.getPut();
                yield new Operation.Put(
                        ImageProtos.fromRequest(put.getImage()),
                        put.hasSourceDateEpoch() ? epoch(place, put.getSourceDateEpoch()) : null,
                        condition);
            }
            case TAG -> {
                var tag = proto.getTag();
                yield new Operation.Tag(tag.getSource(), tag.getName(), tag.getTargetOnly(), condition);
            }
            case DELETE -> {
                var delete = proto.getDelete();
                yield new Operation.Delete(delete.getName(), delete.getIgnoreMissing(), condition);
            }
            case OPERATION_NOT_SET ->
                throw new InvalidArgument(place + " must be one of create, update, put, tag, delete");
        };
    }

    private static Instant epoch(String place, Timestamp epoch) {
        try {
            return ImageProtos.fromProto(epoch);
        } catch (DateTimeException e) {
            throw new InvalidArgument(
                    place + ": source_date_epoch of " + epoch.getSeconds() + " seconds is beyond what a time can hold");
        }
    }

    private static dev.imaged.proto.v1.Condition toProto(Condition condition) {
        return dev.imaged.proto.v1.Condition.newBuilder()
                .setExistence(
                        switch (condition.existence()) {
                            case ANY -> dev.imaged.proto.v1.Condition.Existence.EXISTENCE_UNSPECIFIED;
                            case ABSENT -> dev.imaged.proto.v1.Condition.Existence.ABSENT;
                            case EXISTS -> dev.imaged.proto.v1.Condition.Existence.EXISTS;
                        })
                .setIfRevision(condition.revision())
                .setIfDigest(condition.digest())
                .build();
    }

    private static Condition fromProto(String place, dev.imaged.proto.v1.Condition proto) {
        Existence existence = switch (proto.getExistence()) {
            case EXISTENCE_UNSPECIFIED -> Existence.ANY;
            case ABSENT -> Existence.ABSENT;
            case EXISTS -> Existence.EXISTS;
            case UNRECOGNIZED ->
                throw new InvalidArgument(
                        place + ".condition.existence " + proto.getExistenceValue() + " is not one of ABSENT, EXISTS");
        };
        return new Condition(existence, proto.getIfRevision(), proto.getIfDigest());
    }

    /** Returns the message of a request. */
    public static RevertRequest toProto(String namespace, Revert revert) {
        RevertRequest.Builder proto = RevertRequest.newBuilder()
                .setNamespace(namespace)
                .setRequestId(revert.options().requestId())
                .setReason(revert.options().reason())
                .setValidateOnly(revert.options().validateOnly());
        revert.targets()
                .forEach(target -> proto.addTargets(RevertRequest.Target.newBuilder()
                        .setName(target.name())
                        .setAsOf(CatalogProtos.toProto(target.asOf()))
                        .setCondition(toProto(target.condition()))));
        return proto.build();
    }

    /**
     * Returns the request of a message.
     *
     * @throws InvalidArgument when a moment is out of range, or a condition is of an unknown kind
     */
    public static Revert fromProto(RevertRequest proto) {
        List<Revert.Target> targets = new ArrayList<>();
        for (int i = 0; i < proto.getTargetsCount(); i++) {
            RevertRequest.Target target = proto.getTargets(i);
            targets.add(new Revert.Target(
                    target.getName(),
                    CatalogProtos.fromProto(target.getAsOf()),
                    fromProto("targets[" + i + "]", target.getCondition())));
        }
        return new Revert(
                targets, new RequestOptions(proto.getRequestId(), proto.getReason(), proto.getValidateOnly()));
    }

    /** Returns the message of a request. */
    public static UndoRequest toProto(String namespace, Undo undo) {
        return UndoRequest.newBuilder()
                .setRevision(undo.revision())
                .setNamespace(namespace)
                .setOverride(undo.override())
                .setRequestId(undo.options().requestId())
                .setReason(undo.options().reason())
                .setValidateOnly(undo.options().validateOnly())
                .build();
    }

    /** Returns the request of a message. */
    public static Undo fromProto(UndoRequest proto) {
        return new Undo(
                proto.getRevision(),
                proto.getOverride(),
                new RequestOptions(proto.getRequestId(), proto.getReason(), proto.getValidateOnly()));
    }

    /**
     * Returns the answer of a message.
     *
     * @throws Internal when the kind of a change is not known, or a time cannot be represented
     */
    public static Applied fromProto(ApplyResponse proto) {
        return new Applied(
                CatalogProtos.fromProto(proto.getPosition()),
                proto.getResultsList().stream()
                        .map(result -> new Applied.Result(
                                result.getName(),
                                kind(result.getKind()),
                                result.hasImage() ? CatalogProtos.fromProto(result.getImage()) : null))
                        .toList(),
                proto.getReplayed());
    }

    private static Change.@Nullable Kind kind(dev.imaged.proto.v1.Change.Kind kind) {
        return switch (kind) {
            case KIND_UNSPECIFIED -> null;
            case CREATE -> Change.Kind.CREATE;
            case UPDATE -> Change.Kind.UPDATE;
            case DELETE -> Change.Kind.DELETE;
            case UNRECOGNIZED -> throw new Internal("the answer has a change of an unknown kind", null);
        };
    }

    /** Returns the message of a kind, unspecified for null. */
    public static dev.imaged.proto.v1.Change.Kind toProto(Change.@Nullable Kind kind) {
        if (kind == null) {
            return dev.imaged.proto.v1.Change.Kind.KIND_UNSPECIFIED;
        }
        return switch (kind) {
            case CREATE -> dev.imaged.proto.v1.Change.Kind.CREATE;
            case UPDATE -> dev.imaged.proto.v1.Change.Kind.UPDATE;
            case DELETE -> dev.imaged.proto.v1.Change.Kind.DELETE;
        };
    }
}
