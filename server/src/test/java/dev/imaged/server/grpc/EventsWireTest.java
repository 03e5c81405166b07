package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.events.v1.EventsGrpc;
import dev.imaged.proto.events.v1.ForwardRequest;
import dev.imaged.proto.events.v1.PublishRequest;
import dev.imaged.proto.events.v1.SubscribeRequest;
import dev.imaged.proto.images.v1.ImageCreate;
import dev.imaged.proto.images.v1.ImageDelete;
import dev.imaged.proto.images.v1.ImageUpdate;
import dev.imaged.proto.types.Envelope;
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

/** containerd's Events service, as its clients use it. */
class EventsWireTest {
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
        server = ImageServer.start(TestDaemon.config(folder.resolve("data"), "--listen", address), Clock.systemUTC());
        stores = RemoteImageStores.connect(address);
        images = stores.namespace("ns");
    }

    @AfterEach
    void stop() {
        calls.forEach(call -> call.cancel("the test has ended", null));
        stores.close();
        server.close();
    }

    /** A subscription, from when its headers have come. */
    private final class Subscription {
        final BlockingQueue<Envelope> events = new LinkedBlockingQueue<>();
        final CompletableFuture<Status> end = new CompletableFuture<>();

        Subscription(String... filters) {
            CompletableFuture<Void> begun = new CompletableFuture<>();
            ClientCall<SubscribeRequest, Envelope> call =
                    stores.channel().newCall(EventsGrpc.getSubscribeMethod(), CallOptions.DEFAULT);
            calls.add(call);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onHeaders(Metadata headers) {
                            begun.complete(null);
                        }

                        @Override
                        public void onMessage(Envelope event) {
                            events.add(event);
                        }

                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                            begun.complete(null);
                        }
                    },
                    new Metadata());
            call.sendMessage(SubscribeRequest.newBuilder()
                    .addAllFilters(List.of(filters))
                    .build());
            call.halfClose();
            call.request(1000);
            begun.orTimeout(30, TimeUnit.SECONDS).join();
        }

        Envelope next() throws InterruptedException {
            Envelope event = events.poll(30, TimeUnit.SECONDS);
            assertTrue(event != null, () -> "no event; the call ended with " + end.getNow(null));
            return event;
        }

        /** The topics, namespaces and names of the next events. */
        List<String> next(int count) throws Exception {
            List<String> told = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Envelope event = next();
                String name = ImageDelete.parseFrom(event.getEvent().getValue()).getName();
                told.add(event.getTopic() + " " + event.getNamespace() + " " + name);
            }
            return told;
        }
    }

    private static Image image(String name, Map<String, String> labels) {
        return new Image(name, labels, TARGET);
    }

    @Test
    void anEventIsWhatContainerdSends() throws Exception {
        Subscription all = new Subscription();
        Image created = images.create(image("a", Map.of("k", "v")));
        images.update(image("a", Map.of("k", "w")), UpdateMask.all());
        images.delete("a");

        Envelope create = all.next();
        assertEquals("ns", create.getNamespace());
        assertEquals("/images/create", create.getTopic());
        assertEquals(ImageProtos.toProto(created.createdAt()), create.getTimestamp());
        assertEquals(
                "containerd.services.images.v1.ImageCreate", create.getEvent().getTypeUrl());
        assertEquals(
                ImageCreate.newBuilder().setName("a").putLabels("k", "v").build(),
                ImageCreate.parseFrom(create.getEvent().getValue()));
        Envelope update = all.next();
        assertEquals("/images/update", update.getTopic());
        assertEquals(
                "containerd.services.images.v1.ImageUpdate", update.getEvent().getTypeUrl());
        assertEquals(
                ImageUpdate.newBuilder().setName("a").putLabels("k", "w").build(),
                ImageUpdate.parseFrom(update.getEvent().getValue()));
        Envelope delete = all.next();
        assertEquals("/images/delete", delete.getTopic());
        assertEquals(
                "containerd.services.images.v1.ImageDelete", delete.getEvent().getTypeUrl());
        assertEquals(
                ImageDelete.newBuilder().setName("a").build(),
                ImageDelete.parseFrom(delete.getEvent().getValue()));
    }

    @Test
    void filtersSelectByTopicNamespaceNameAndLabels() throws Exception {
        Subscription topic = new Subscription("topic==\"/images/delete\"");
        Subscription namespace = new Subscription("namespace==other", "topic~=nothing");
        Subscription name = new Subscription("event.name==b");
        Subscription label = new Subscription("event.labels.\"a.b/c\"==v");
        Subscription both = new Subscription("topic~=create,event.name!=a");
        images.create(image("a", Map.of("a.b/c", "v")));
        images.create(image("b", Map.of()));
        stores.namespace("other").create(image("c", Map.of()));
        images.delete("a");
        images.update(image("b", Map.of("a.b/c", "v")), UpdateMask.all());
        images.delete("b");

        assertEquals(List.of("/images/delete ns a", "/images/delete ns b"), topic.next(2));
        assertEquals(List.of("/images/create other c"), namespace.next(1));
        assertEquals(List.of("/images/create ns b", "/images/update ns b", "/images/delete ns b"), name.next(3));
        assertEquals(List.of("/images/create ns a", "/images/update ns b"), label.next(2));
        assertEquals(List.of("/images/create ns b", "/images/create other c"), both.next(2));
    }

    @Test
    void aFilterThatCannotBeParsedIsRefusedAsContainerdDoes() throws Exception {
        Status end = new Subscription("topic==").end.get(30, TimeUnit.SECONDS);

        assertEquals(Status.Code.INVALID_ARGUMENT, end.getCode());
        assertTrue(
                end.getDescription().startsWith("failed parsing subscription filters: filters: parse error: "),
                end.getDescription());
    }

    @Test
    void aSubscriptionThatIsTooLargeToKeepIsRefused() throws Exception {
        Status end = new Subscription("event.name==" + "a".repeat(64 * 1024)).end.get(30, TimeUnit.SECONDS);

        assertEquals(Status.Code.RESOURCE_EXHAUSTED, end.getCode());
        assertEquals(
                "the request of a watch has 65552 bytes, more than the maximum of 65536 bytes", end.getDescription());
    }

    @Test
    void eventsOfOthersAreNotTaken() {
        EventsGrpc.EventsBlockingStub stub =
                EventsGrpc.newBlockingStub(stores.channel()).withDeadlineAfter(30, TimeUnit.SECONDS);

        StatusRuntimeException publish =
                assertThrows(StatusRuntimeException.class, () -> stub.publish(PublishRequest.getDefaultInstance()));
        StatusRuntimeException forward =
                assertThrows(StatusRuntimeException.class, () -> stub.forward(ForwardRequest.getDefaultInstance()));

        assertEquals(Status.Code.UNIMPLEMENTED, publish.getStatus().getCode());
        assertEquals(Status.Code.UNIMPLEMENTED, forward.getStatus().getCode());
    }

    @Test
    void aDaemonThatStopsEndsSubscriptions() throws Exception {
        Subscription all = new Subscription();

        server.close();

        assertEquals(Status.Code.UNAVAILABLE, all.end.get(30, TimeUnit.SECONDS).getCode());
    }
}
