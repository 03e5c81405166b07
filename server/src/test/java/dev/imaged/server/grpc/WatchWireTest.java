package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.Position;
import dev.imaged.images.UpdateMask;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watches as they are on the wire. */
class WatchWireTest {
    private static final WatchRequest NOW = WatchRequest.getDefaultInstance();
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    @TempDir
    Path folder;

    private ImageServer server;
    private RemoteImageStores stores;

    /** All calls, to be cancelled at the end: a connection waits for those that are open. */
    private final List<ClientCall<?, ?>> calls = new ArrayList<>();

    private ImageStore images;

    @BeforeEach
    void start() {
        String address = "unix://" + folder.resolve("s");
        server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", address, "--keep-changes", "200"),
                Clock.systemUTC());
        stores = RemoteImageStores.connect(address);
        images = stores.namespace("ns");
    }

    @AfterEach
    void stop() {
        calls.forEach(call -> call.cancel("the test has ended", null));
        stores.close();
        server.close();
    }

    /** A call of Watch that takes a message only when the test asks for one. */
    private final class Call {
        final BlockingQueue<WatchResponse> messages = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> end = new CompletableFuture<>();
        final CompletableFuture<Metadata> trailers = new CompletableFuture<>();
        final ClientCall<WatchRequest, WatchResponse> call =
                stores.channel().newCall(CatalogGrpc.getWatchMethod(), CallOptions.DEFAULT);

        Call(Metadata headers, WatchRequest request) {
            calls.add(call);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onMessage(WatchResponse message) {
                            messages.add(message);
                        }

                        @Override
                        public void onClose(Status status, Metadata last) {
                            trailers.complete(last);
                            end.complete(status);
                        }
                    },
                    headers);
            call.sendMessage(request);
            call.halfClose();
        }

        Call(WatchRequest request) {
            this(NamespaceHeader.write("ns"), request);
        }

        WatchResponse next() throws InterruptedException {
            call.request(1);
            WatchResponse message = messages.poll(30, TimeUnit.SECONDS);
            assertTrue(message != null, () -> "no message; the call ended with " + end.getNow(null));
            return message;
        }

        /** The reason of the error that ends the call, with its code. */
        String failure() throws Exception {
            call.request(1_000_000);
            Status status = end.get(30, TimeUnit.SECONDS);
            return status.getCode() + " "
                    + GrpcErrors.fromCall(status, trailers.get()).reason();
        }
    }

    private Image create(String name, int bytes) {
        return images.create(new Image(name, Map.of(), TARGET.withAnnotations(Map.of("filler", "x".repeat(bytes)))));
    }

    @Test
    void theFirstMessageTellsWhereTheWatchStarts() throws Exception {
        create("a", 1);
        Call call = new Call(NOW);
        WatchResponse first = call.next();
        assertEquals(1, first.getPosition().getRevision());
        assertEquals(List.of(), first.getChangesList());

        create("b", 1);
        WatchResponse second = call.next();
        assertEquals("b", second.getChanges(0).getName());
        assertEquals(2, second.getPosition().getRevision());
        assertFalse(second.getPartial());
        assertFalse(second.getSynced());
    }

    @Test
    void aSnapshotInSeveralMessagesHasAPositionOnlyAtItsEnd() throws Exception {
        for (int i = 0; i < 12; i++) {
            create("n" + i, 100_000);
        }
        Call call = new Call(WatchRequest.newBuilder()
                .setSnapshot(WatchRequest.Snapshot.getDefaultInstance())
                .build());
        List<String> names = new ArrayList<>();
        WatchResponse message = call.next();
        create("later", 1);
        while (!message.getSynced()) {
            assertFalse(message.hasPosition());
            message.getImagesList().forEach(found -> names.add(found.getImage().getName()));
            message = call.next();
        }
        message.getImagesList().forEach(found -> names.add(found.getImage().getName()));
        assertEquals(12, message.getPosition().getRevision());
        assertEquals(12, names.stream().distinct().count());
        assertEquals(names.stream().sorted().toList(), names);
        assertEquals("later", call.next().getChanges(0).getName());
    }

    @Test
    void progressComesBeforeTheIntervalIsOver() throws Exception {
        Call call = new Call(WatchRequest.newBuilder()
                .setProgressInterval(com.google.protobuf.Duration.newBuilder().setNanos(1))
                .build());
        Position first = CatalogProtos.fromProto(call.next().getPosition());
        long start = System.nanoTime();
        WatchResponse progress = call.next();

        assertEquals(first, CatalogProtos.fromProto(progress.getPosition()));
        assertEquals(0, progress.getChangesCount());
        assertTrue(System.nanoTime() - start > Duration.ofMillis(300).toNanos(), "it takes at least most of a second");
    }

    @Test
    void aCallerThatDoesNotReadIsEndedOnceTheLogIsCutPastIt() throws Exception {
        Call call = new Call(NOW);
        call.next();
        create("a", 2_000_000); // more than all buffers on the way hold
        for (int i = 0; i < 600; i++) {
            images.update(
                    new Image("a", Map.of("n", "" + i), TARGET.withAnnotations(Map.of("filler", "y".repeat(20_000)))),
                    UpdateMask.all());
        }
        Call other = new Call(NOW);
        assertTrue(other.next().getPosition().getRevision() > 600);

        assertEquals("OUT_OF_RANGE REVISION_DROPPED", call.failure());
    }

    @Test
    void aDaemonThatStopsEndsItsWatches() throws Exception {
        Call call = new Call(NOW);
        call.next();

        server.close();

        assertEquals("UNAVAILABLE RECONNECT", call.failure());
    }

    @Test
    void bothNamespacesAndAllNamespacesAreRefused() throws Exception {
        Call call = new Call(WatchRequest.newBuilder()
                .setAllNamespaces(true)
                .addNamespaces("ns")
                .build());

        assertEquals("INVALID_ARGUMENT INVALID_ARGUMENT", call.failure());
    }

    @Test
    void aWatchWithoutANamespaceIsRefused() throws Exception {
        assertEquals("FAILED_PRECONDITION FAILED_PRECONDITION", new Call(new Metadata(), NOW).failure());
    }

    @Test
    void changesThatMayWaitShareAMessage() throws Exception {
        Call call = new Call(WatchRequest.newBuilder()
                .setMaxDelay(com.google.protobuf.Duration.newBuilder().setSeconds(1))
                .build());
        call.next();
        for (int i = 0; i < 10; i++) {
            create("n" + i, 1);
        }
        assertTrue(call.next().getChangesCount() > 1);
    }

    @Test
    void aChangeWhoseImagesDoNotFitIntoAMessageComesWithoutTheOneBefore() throws Exception {
        create("a", 10_000_000);
        Call call = new Call(NOW);
        call.next();
        images.update(
                new Image("a", Map.of(), TARGET.withAnnotations(Map.of("filler", "y".repeat(10_000_000)))),
                UpdateMask.all());

        dev.imaged.proto.v1.Change change = call.next().getChanges(0);

        assertFalse(change.hasBefore());
        assertEquals(
                10_000_000,
                change.getAfter().getTarget().getAnnotationsOrThrow("filler").length());
    }

    @Test
    void aListOfAllNamespacesOfAnEmptyStoreIsOfAMomentThatExists() {
        CatalogGrpc.CatalogBlockingStub catalog = CatalogGrpc.newBlockingStub(stores.channel());
        ListStreamRequest.Builder all = ListStreamRequest.newBuilder().setAllNamespaces(true);

        assertEquals(0, catalog.listStream(all.build()).next().getPosition().getRevision());
        all.getAsOfBuilder().setRevision(5);
        StatusRuntimeException ahead = assertThrows(
                StatusRuntimeException.class,
                () -> catalog.listStream(all.build()).hasNext());
        assertEquals(Status.Code.OUT_OF_RANGE, ahead.getStatus().getCode());
    }

    @Test
    void aRequestThatIsTooLargeToKeepIsRefused() throws Exception {
        WatchRequest.Builder request = WatchRequest.newBuilder().addFilters("name==" + "a".repeat(64 * 1024));

        assertEquals("RESOURCE_EXHAUSTED TOO_LARGE", new Call(request.build()).failure());
        request.clearFilters().addFilters("name==" + "a".repeat(63 * 1024));
        assertEquals(0, new Call(request.build()).next().getPosition().getRevision());
    }

    @Test
    void watchesWithSlowRegexpsDoNotStopTheOthers() throws Exception {
        List<Call> slow = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            slow.add(new Call(WatchRequest.newBuilder()
                    .addFilters("name~=/(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]{" + (800 + i) + "}$/")
                    .build()));
            slow.get(i).next();
        }
        List<Call> others = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            others.add(new Call(NOW));
            others.get(i).next();
        }
        slow.forEach(call -> call.call.request(1));

        String name = "a".repeat(100_000);
        create(name, 1);
        for (Call other : others) {
            assertEquals(name, other.next().getChanges(0).getName());
        }
        create("b", 1);
        for (Call other : others) {
            assertEquals("b", other.next().getChanges(0).getName());
        }
        for (Call call : slow) {
            assertFalse(call.end.isDone(), "it still matches");
            assertEquals(0, call.messages.size());
        }
    }

    @Test
    void aWatchOfAllNamespacesIsToldOfThoseThatComeAndGo() throws Exception {
        Call call = new Call(
                new Metadata(), WatchRequest.newBuilder().setAllNamespaces(true).build());
        call.next();
        CompletableFuture<Void> writes = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < 100; i++) {
                ImageStore one = stores.namespace("ns" + i);
                one.create(new Image("a", TARGET));
                one.delete("a");
            }
        });
        List<String> told = new ArrayList<>();
        while (told.size() < 200) {
            call.next()
                    .getChangesList()
                    .forEach(change ->
                            told.add(change.getNamespace() + " " + change.getKind() + " " + change.getRevision()));
        }
        writes.get(30, TimeUnit.SECONDS);

        for (int i = 0; i < 100; i++) {
            assertEquals("ns" + i + " CREATE " + (2 * i + 1), told.get(2 * i));
            assertEquals("ns" + i + " DELETE " + (2 * i + 2), told.get(2 * i + 1));
        }
    }
}
