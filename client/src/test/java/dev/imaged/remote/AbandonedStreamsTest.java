package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.content.ContentReader;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Listing;
import dev.imaged.images.Watch;
import dev.imaged.images.WatchOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.content.v1.ContentGrpc;
import dev.imaged.proto.content.v1.Info;
import dev.imaged.proto.content.v1.InfoResponse;
import dev.imaged.proto.content.v1.ReadContentResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeResponse;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.Position;
import dev.imaged.proto.v1.VersionedImage;
import dev.imaged.proto.v1.WatchResponse;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A caller that stops reading a stream releases the memory of all messages that have come. */
@Timeout(60)
class AbandonedStreamsTest {
    private static final int MESSAGES = 10;
    private static final String DIGEST = "sha256:" + "a".repeat(64);

    private final CountDownLatch sent = new CountDownLatch(MESSAGES);
    private final Semaphore released = new Semaphore(0);
    private Server server;
    private RemoteImageStores stores;

    @BeforeEach
    void serve() throws IOException {
        String name = InProcessServerBuilder.generateName();
        Position position = Position.newBuilder().setStore("s").setRevision(1).build();
        VersionedImage image = VersionedImage.newBuilder()
                .setImage(Image.newBuilder().setName("a"))
                .build();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(ServerServiceDefinition.builder(CatalogGrpc.SERVICE_NAME)
                        .addMethod(CatalogGrpc.getDescribeMethod(), ServerCalls.asyncUnaryCall((request, answers) -> {
                            answers.onNext(DescribeResponse.getDefaultInstance());
                            answers.onCompleted();
                        }))
                        .addMethod(
                                counted(CatalogGrpc.getListStreamMethod()),
                                ServerCalls.asyncServerStreamingCall((request, answers) -> {
                                    for (int i = 0; i < MESSAGES; i++) {
                                        answers.onNext(ListStreamResponse.newBuilder()
                                                .setPosition(position)
                                                .addImages(image)
                                                .build());
                                    }
                                }))
                        .addMethod(
                                counted(CatalogGrpc.getWatchMethod()),
                                ServerCalls.asyncServerStreamingCall((request, answers) -> {
                                    for (int i = 0; i < MESSAGES; i++) {
                                        answers.onNext(WatchResponse.newBuilder()
                                                .setPosition(position)
                                                .build());
                                    }
                                }))
                        .build())
                .addService(ServerServiceDefinition.builder(ContentGrpc.SERVICE_NAME)
                        .addMethod(ContentGrpc.getInfoMethod(), ServerCalls.asyncUnaryCall((request, answers) -> {
                            answers.onNext(InfoResponse.newBuilder()
                                    .setInfo(Info.newBuilder().setDigest(DIGEST).setSize(MESSAGES))
                                    .build());
                            answers.onCompleted();
                        }))
                        .addMethod(
                                counted(ContentGrpc.getReadMethod()),
                                ServerCalls.asyncServerStreamingCall((request, answers) -> {
                                    for (int i = 0; i < MESSAGES; i++) {
                                        answers.onNext(ReadContentResponse.newBuilder()
                                                .setData(ByteString.copyFromUtf8("x"))
                                                .build());
                                    }
                                }))
                        .build())
                .build()
                .start();
        stores = RemoteImageStores.over(InProcessChannelBuilder.forName(name).build());
    }

    @AfterEach
    void stop() {
        stores.close();
        server.shutdownNow();
    }

    /** The same method, whose messages are counted when they are sent and when their memory is released. */
    private <Q, R> MethodDescriptor<Q, R> counted(MethodDescriptor<Q, R> method) {
        Marshaller<R> plain = method.getResponseMarshaller();
        return method.toBuilder(method.getRequestMarshaller(), new Marshaller<R>() {
                    @Override
                    public InputStream stream(R message) {
                        sent.countDown();
                        return new Counted(plain.stream(message));
                    }

                    @Override
                    public R parse(InputStream stream) {
                        return plain.parse(stream);
                    }
                })
                .build();
    }

    private final class Counted extends FilterInputStream {
        Counted(InputStream in) {
            super(in);
        }

        @Override
        public void close() throws IOException {
            released.release();
            super.close();
        }
    }

    private void assertAllReleased() throws InterruptedException {
        assertTrue(
                released.tryAcquire(MESSAGES, 30, TimeUnit.SECONDS), () -> released.availablePermits() + " released");
    }

    @Test
    void aListThatIsClosedEarly() throws Exception {
        try (Listing listing = stores.pages("ns").orElseThrow().stream(ListOptions.DEFAULT)) {
            assertEquals("a", listing.next().image().name());
            sent.await();
        }

        assertAllReleased();
    }

    @Test
    void aWatchThatIsClosedEarly() throws Exception {
        try (Watch watch = stores.changes().orElseThrow().watch(WatchOptions.namespace("ns"))) {
            assertEquals(1, watch.next().position().revision());
            sent.await();
        }

        assertAllReleased();
    }

    @Test
    void aBlobWhoseReaderIsClosedEarly() throws Exception {
        try (ContentReader blob = stores.content("ns").open(new Descriptor("m", DIGEST, MESSAGES))) {
            assertEquals(1, blob.read(ByteBuffer.allocate(1), 0));
            sent.await();
        }

        assertAllReleased();
    }
}
