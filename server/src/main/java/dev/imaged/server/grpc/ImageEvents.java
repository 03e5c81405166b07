package dev.imaged.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.imaged.filters.Filter;
import dev.imaged.filters.Filters;
import dev.imaged.proto.images.v1.ImageCreate;
import dev.imaged.proto.images.v1.ImageDelete;
import dev.imaged.proto.images.v1.ImageUpdate;
import dev.imaged.proto.types.Envelope;
import dev.imaged.proto.v1.Change;
import dev.imaged.server.engine.Cancellation;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Changes as containerd's events of images. */
final class ImageEvents {
    private ImageEvents() {}

    /** Returns the event of a change. */
    static Envelope envelope(Change change) {
        return Envelope.newBuilder()
                .setTimestamp(change.getTime())
                .setNamespace(change.getNamespace())
                .setTopic(topic(change))
                .setEvent(event(change))
                .build();
    }

    private static String topic(Change change) {
        return switch (change.getKind()) {
            case CREATE -> "/images/create";
            case UPDATE -> "/images/update";
            default -> "/images/delete";
        };
    }

    private static Any event(Change change) {
        Map<String, String> labels = change.getAfter().getLabelsMap();
        Message event = switch (change.getKind()) {
            case CREATE ->
                ImageCreate.newBuilder()
                        .setName(change.getName())
                        .putAllLabels(labels)
                        .build();
            case UPDATE ->
                ImageUpdate.newBuilder()
                        .setName(change.getName())
                        .putAllLabels(labels)
                        .build();
            default -> ImageDelete.newBuilder().setName(change.getName()).build();
        };
        return Any.newBuilder()
                .setTypeUrl(event.getDescriptorForType().getFullName()) // without a slash, as containerd has it
                .setValue(event.toByteString())
                .build();
    }

    /** Returns whether at least one filter matches the event of a change, or there are none. */
    static boolean matches(Filters filters, Change change, Cancellation cancellation) {
        List<Filter> alternatives = filters.alternatives();
        return alternatives.isEmpty()
                || alternatives.stream()
                        .anyMatch(filter -> filter.selectors().stream()
                                .allMatch(selector ->
                                        selector.matches(value(selector.path(), change), cancellation::check)));
    }

    /** Returns the value of a field, null when it is absent: by the rules of containerd's envelopes. */
    private static @Nullable String value(List<String> path, Change change) {
        return switch (path.get(0)) {
            case "namespace" -> change.getNamespace();
            case "topic" -> topic(change);
            case "event" -> path.size() < 2 ? null : value(path.get(1), path.subList(2, path.size()), change);
            default -> null;
        };
    }

    private static @Nullable String value(String field, List<String> key, Change change) {
        return switch (field) {
            case "name" -> change.getName();
            case "labels" -> change.getAfter().getLabelsMap().get(String.join(".", key));
            default -> null;
        };
    }
}
