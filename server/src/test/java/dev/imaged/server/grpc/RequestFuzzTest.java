package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.server.RawClient;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.xodus.Engines;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any bytes as the requests of a few calls: each has the answer of {@link RequestModel}, and afterwards the store holds
 * what the model does. A call is a byte for the method, one for the namespace, two for the length of the request, and
 * the request.
 */
class RequestFuzzTest {
    private static final int MAX_CALLS = 8;
    private static final List<String> METHODS = List.of("Create", "Update", "Delete", "List", "Get");
    private static final List<String> STORED = List.of("x", "xb");
    private static final List<String> NAMESPACES = List.of("x", "x", "xb", "", "a..b");

    @TempDir
    static Path folder;

    private static final TestClock clock = new TestClock();
    private static final InMemoryImageStores reference = new InMemoryImageStores(clock);
    private static StoreEngine engine;
    private static Server server;
    private static RawClient client;

    @BeforeAll
    static void serve() throws IOException {
        engine = Engines.open(folder, clock);
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new ImagesService(engine, Runnable::run, Duration.ofMinutes(1)).definition())
                .build()
                .start();
        client = new RawClient(
                InProcessChannelBuilder.forName(name).directExecutor().build());
    }

    @AfterAll
    static void close() {
        client.close();
        server.shutdownNow();
        engine.close();
    }

    @FuzzTest
    void anyRequestsHaveTheAnswersOfTheModel(byte[] input) {
        try {
            ByteBuffer in = ByteBuffer.wrap(input);
            for (int calls = 0; calls < MAX_CALLS && in.remaining() >= 2; calls++) {
                call(
                        METHODS.get((in.get() & 0xFF) % METHODS.size()),
                        NAMESPACES.get((in.get() & 0xFF) % NAMESPACES.size()),
                        request(in));
            }
            STORED.forEach(RequestFuzzTest::requireSameStore);
        } finally {
            STORED.forEach(RequestFuzzTest::empty);
        }
    }

    private static byte[] request(ByteBuffer in) {
        int length = in.remaining() < 2 ? 0 : in.getShort() & 0xFFFF;
        byte[] request = new byte[Math.min(length, in.remaining())];
        in.get(request);
        return request;
    }

    private static void call(String method, String namespace, byte[] request) {
        clock.advance(Duration.ofSeconds(1));
        RequestModel.Answer expected = RequestModel.call(reference, method, namespace, request);
        RawClient.Answer answer = client.call(method, namespace, request);
        assertEquals(expected, RequestModel.answer(method, answer.code(), answer.body()), answer.status()::toString);
    }

    private static void requireSameStore(String namespace) {
        call("List", namespace, new byte[0]);
        for (Image image : reference.namespace(namespace).list()) {
            GetImageRequest get =
                    GetImageRequest.newBuilder().setName(image.name()).build();
            call("Get", namespace, get.toByteArray());
        }
    }

    private static void empty(String namespace) {
        for (ImageStores stores : List.of(reference, new DecodedImageStores(engine))) {
            ImageStore store = stores.namespace(namespace);
            store.list().forEach(image -> store.delete(image.name()));
        }
    }
}
