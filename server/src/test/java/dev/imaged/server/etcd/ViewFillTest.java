package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Schema;
import io.grpc.Context;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a fill does when a member refuses a page, or takes long for it. */
class ViewFillTest {
    private static final long REVISION = 7;

    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private final List<Long> limits = new ArrayList<>();
    private final List<Duration> times = new ArrayList<>();
    private final Deque<Function<RangeRequest, RangeResponse>> script = new ArrayDeque<>();
    private ScriptedEtcd etcd;
    private EtcdClient client;
    private EtcdKeys keys;

    @BeforeEach
    void start() throws IOException {
        etcd = new ScriptedEtcd(request -> ScriptedEtcd.succeeded(REVISION));
        etcd.read = this::read;
        keys = new EtcdKeys(etcd.config().prefix());
        client = new EtcdClient(etcd.config());
    }

    @AfterEach
    void stop() {
        client.close();
        etcd.close();
    }

    /** Answers as the script says, then with one image. */
    private synchronized RangeResponse read(RangeRequest request) {
        limits.add(request.getLimit());
        times.add(Duration.ofNanos(Context.current().getDeadline().timeRemaining(TimeUnit.NANOSECONDS)));
        return script.isEmpty() ? image() : script.remove().apply(request);
    }

    private RangeResponse image() {
        Image image = new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1));
        return RangeResponse.newBuilder()
                .addKvs(KeyValue.newBuilder()
                        .setKey(keys.images().concat(ByteString.copyFromUtf8("ns\0a")))
                        .setValue(ImageProtos.toProto(image).toByteString())
                        .setCreateRevision(1)
                        .setModRevision(1))
                .build();
    }

    private static Function<RangeRequest, RangeResponse> error(Status status) {
        return request -> {
            throw status.asRuntimeException();
        };
    }

    private long fill() {
        return new ViewFill(client, keys, new UnreadableKeys(), database, () -> false, ViewFill.PAGE_TIME)
                .run(new ClusterState(REVISION, UUID.randomUUID(), REVISION, CommitMark.getDefaultInstance()));
    }

    private synchronized void requireFilled(List<Long> expected) {
        long images = database.read(snapshot -> snapshot.count(Schema.IMAGES.entries()));
        assertEquals(1, images);
        assertEquals(expected, limits);
    }

    /** Returns how long each page could take, in times of what the first may: the way to the member takes less than half of that. */
    private synchronized List<Long> timesOfTheFirst() {
        double first = ViewFill.PAGE_TIME.toNanos();
        return times.stream().map(time -> Math.round(time.toNanos() / first)).toList();
    }

    @Test
    void aTokenThatIsRefusedIsRenewed() {
        script.add(error(Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token")));

        assertEquals(REVISION, fill());

        requireFilled(List.of(1000L, 1000L));
    }

    @Test
    void aTokenThatIsRefusedAgainEndsTheFill() {
        script.add(error(Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token")));
        script.add(error(Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token")));

        ImageException refused = assertThrows(ImageException.Unavailable.class, () -> fill());

        assertTrue(refused.getMessage().startsWith("etcd does not accept the user"), refused.getMessage());
    }

    @Test
    void aMemberThatIsSlowGetsMoreTimeAndHasToReadLess() {
        script.add(error(Status.DEADLINE_EXCEEDED));
        script.add(error(Status.DEADLINE_EXCEEDED));

        assertEquals(REVISION, fill());

        requireFilled(List.of(1000L, 500L, 250L));
        assertEquals(List.of(1L, 2L, 4L), timesOfTheFirst());
    }

    @Test
    void aMemberThatIsBusyIsAskedForTheSameAgain() {
        script.add(error(Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: too many requests")));

        assertEquals(REVISION, fill());

        requireFilled(List.of(1000L, 1000L));
    }

    @Test
    void aPageThatIsTooLargeIsHalved() {
        script.add(error(Status.RESOURCE_EXHAUSTED.withDescription("gRPC message exceeds maximum size")));

        assertEquals(REVISION, fill());

        requireFilled(List.of(1000L, 500L));
    }

    @Test
    void aPageOfOneKeyThatIsTooLargeEndsTheFill() {
        for (long keysLeft = 1000; keysLeft >= 1; keysLeft /= 2) {
            script.add(error(Status.RESOURCE_EXHAUSTED.withDescription("gRPC message exceeds maximum size")));
        }

        assertThrows(ImageException.ResourceExhausted.class, () -> fill());

        assertEquals(
                List.of(1000L, 500L, 250L, 125L, 62L, 31L, 15L, 7L, 3L, 1L),
                limits.stream().collect(Collectors.toList()));
    }
}
