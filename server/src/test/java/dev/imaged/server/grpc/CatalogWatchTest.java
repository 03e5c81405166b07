package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.Change;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The messages that a watch makes of the batches of a feed. */
class CatalogWatchTest {
    private final Queue<ChangeFeed.Batch> batches = new ArrayDeque<>();

    private final ChangeFeed feed = new ChangeFeed() {
        @Override
        public Batch next(int maxBytes, Cancellation cancellation) {
            return batches.remove();
        }

        @Override
        public boolean hasNext() {
            return !batches.isEmpty();
        }

        @Override
        public boolean isLost() {
            return false;
        }

        @Override
        public void close() {}
    };

    /** A catalogue that has nothing but this feed. */
    private final ImageCatalog catalog = (ImageCatalog) Proxy.newProxyInstance(
            ImageCatalog.class.getClassLoader(), new Class<?>[] {ImageCatalog.class}, (self, method, arguments) -> {
                assertEquals("follow", method.getName());
                return feed;
            });

    private final CatalogWatch watch = new CatalogWatch(catalog, WatchRequest.getDefaultInstance(), List.of("ns"));

    private static ChangeFeed.Batch batch(long revision, boolean isPartial, String... names) {
        List<EncodedChange> changes = List.of(names).stream()
                .map(name -> new EncodedChange(
                        Change.newBuilder().setName(name).build().toByteString(), revision + 1))
                .toList();
        return new ChangeFeed.Batch(changes, new Position("store", revision), isPartial);
    }

    private ByteString next(boolean isDue) {
        return watch.next(1 << 18, isDue, () -> {}, Cancellation.NONE);
    }

    @Test
    void whatIsPartialHasNoPosition() throws Exception {
        batches.add(batch(1, false));
        batches.add(batch(1, true, "a", "b"));
        batches.add(batch(2, false, "c"));
        assertNull(watch.signOfLife());
        next(false);
        assertEquals(
                1, WatchResponse.parseFrom(watch.signOfLife()).getPosition().getRevision());

        WatchResponse part = WatchResponse.parseFrom(next(false));
        assertTrue(part.getPartial());
        assertFalse(part.hasPosition());
        assertEquals(
                List.of("a", "b"),
                part.getChangesList().stream().map(Change::getName).toList());
        WatchResponse alive = WatchResponse.parseFrom(watch.signOfLife());
        assertTrue(alive.getPartial());
        assertFalse(alive.hasPosition());
        assertEquals(0, alive.getChangesCount());
        WatchResponse last = WatchResponse.parseFrom(next(false));
        assertFalse(last.getPartial());
        assertEquals(new Position("store", 2), CatalogProtos.fromProto(last.getPosition()));
    }

    @Test
    void aBatchWithoutChangesIsAMessageOnlyWhenOneIsDue() throws Exception {
        batches.add(batch(1, false));
        batches.add(batch(2, false));
        batches.add(batch(3, false));

        assertEquals(1, WatchResponse.parseFrom(next(false)).getPosition().getRevision());
        assertNull(next(false));
        assertEquals(3, WatchResponse.parseFrom(next(true)).getPosition().getRevision());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 10000",
        "0, 1, 1000",
        "0, 999999999, 1000",
        "1, 500000000, 1500",
        "-5, 0, 1000",
        "300, 0, 300000",
        "301, 0, 300000",
        "9223372036854775807, 999999999, 300000",
        "-9223372036854775808, -1, 1000"
    })
    void theProgressIntervalIsBetweenASecondAndFiveMinutes(long seconds, int nanos, long millis) {
        WatchRequest request = WatchRequest.newBuilder()
                .setProgressInterval(Duration.newBuilder().setSeconds(seconds).setNanos(nanos))
                .build();

        assertEquals(
                millis,
                new CatalogWatch(catalog, request, List.of("ns")).interval().toMillis());
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "0, 5000000, 5", "1, 0, 1000", "1, 1, 1000", "2, 0, 1000", "-1, 0, 0"})
    void changesWaitASecondAtMost(long seconds, int nanos, long millis) {
        WatchRequest request = WatchRequest.newBuilder()
                .setMaxDelay(Duration.newBuilder().setSeconds(seconds).setNanos(nanos))
                .build();

        assertEquals(
                millis,
                new CatalogWatch(catalog, request, List.of("ns")).delay().toMillis());
    }
}
