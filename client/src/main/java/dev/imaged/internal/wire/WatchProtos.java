package dev.imaged.internal.wire;

import com.google.protobuf.Duration;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.images.WatchOptions;
import dev.imaged.images.WatchedChange;
import dev.imaged.images.WatchedChange.Match;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.proto.v1.WatchRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Between the domain and the messages of a watch. */
public final class WatchProtos {
    private WatchProtos() {}

    /**
     * Returns the request of a watch.
     *
     * @param after the position to start behind, instead of that of the options; null to start with a snapshot or now
     * @param snapshot whether it starts with a snapshot
     */
    public static WatchRequest toProto(WatchOptions options, @Nullable Position after, boolean snapshot) {
        List<String> namespaces = options.namespaces();
        WatchRequest.Builder request = WatchRequest.newBuilder()
                .setAllNamespaces(namespaces == null)
                .addAllNamespaces(namespaces == null ? List.of() : namespaces)
                .addAllFilters(options.filters())
                .setWithoutBefore(!options.before())
                .setProgressInterval(toProto(options.effectiveInterval()))
                .setMaxDelay(toProto(options.maxDelay()));
        if (after != null) {
            request.setAfter(CatalogProtos.toProto(after));
        } else if (snapshot) {
            request.setSnapshot(WatchRequest.Snapshot.getDefaultInstance());
        }
        return request.build();
    }

    private static Duration toProto(java.time.Duration duration) {
        return Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    /**
     * Returns the change of a message.
     *
     * @throws ImageException.Internal when the message has no match, or {@link CatalogProtos#fromProto} refuses it
     */
    public static WatchedChange fromProto(dev.imaged.proto.v1.Change proto) {
        Match match = switch (proto.getMatch()) {
            case ENTERED -> Match.ENTERED;
            case STAYED -> Match.STAYED;
            case LEFT -> Match.LEFT;
            default ->
                throw new ImageException.Internal(
                        "the change of image " + Excerpt.of(proto.getName()) + " has the unknown match "
                                + proto.getMatchValue(),
                        null);
        };
        return new WatchedChange(CatalogProtos.fromProto(proto), match);
    }
}
