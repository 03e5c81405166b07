package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.STEADY;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.remote.Address;
import dev.imaged.server.RawClient.Answer;
import dev.imaged.server.TestDaemon;
import io.grpc.CallOptions;
import io.grpc.Status.Code;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that break the protocol or go away; what the daemon has to be afterwards, {@link TestDaemon} checks. */
class HostilePeerWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final String IMAGES = "containerd.services.images.v1.Images/";
    private static final byte[] DELETE_KEPT =
            DeleteImageRequest.newBuilder().setName(KEPT).build().toByteArray();
    private static final byte[] GET_KEPT =
            GetImageRequest.newBuilder().setName(KEPT).build().toByteArray();

    /** What a peer does with a connection. */
    interface Behaviour {
        void on(RawHttp2 peer) throws Exception;
    }

    @ParameterizedTest
    @ValueSource(strings = {"Create", "Update", "Delete", "Get", "List"})
    void callWithTwoRequestsIsCancelledAndNeitherIsDone(String method) {
        Answer answer = daemon.unix().call(method, NamespaceHeader.write(STEADY), DELETE_KEPT, DELETE_KEPT);
        assertEquals(Code.CANCELLED, answer.code());
        assertEquals(0, answer.body().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Create", "Update", "Delete", "Get", "List"})
    void callWithoutRequestIsInternal(String method) {
        daemon.unix().call(method, NamespaceHeader.write(STEADY)).requireFailure(Code.INTERNAL, "without a request");
    }

    @Test
    void deleteThatIsGivenUpBeforeItsEndIsNotDone() {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        var call = daemon.unix().start(IMAGES + "Delete", CallOptions.DEFAULT, NamespaceHeader.write(STEADY), answer);
        call.sendMessage(DELETE_KEPT);
        call.cancel("given up", null);
        assertEquals(
                Code.CANCELLED, answer.orTimeout(10, TimeUnit.SECONDS).join().code());
    }

    @Test
    void deadlineThatPassesBeforeTheEndOfTheCallIsReported() {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(50, TimeUnit.MILLISECONDS);
        daemon.unix()
                .start(IMAGES + "Delete", options, NamespaceHeader.write(STEADY), answer)
                .sendMessage(DELETE_KEPT);
        assertEquals(
                Code.DEADLINE_EXCEEDED,
                answer.orTimeout(10, TimeUnit.SECONDS).join().code());
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void clientThatVanishesBeforeItsRequestEndsChangesNothing(Address address) throws Exception {
        byte[] message = RawHttp2.prefixed(DELETE_KEPT.length, DELETE_KEPT);
        peer(address, peer -> delete(peer).vanish());
        peer(address, peer -> delete(peer).frame(RawHttp2.DATA, 0, 1, message).vanish());
        peer(
                address,
                peer -> delete(peer)
                        .frame(RawHttp2.DATA, 0, 1, Arrays.copyOf(message, message.length - 1))
                        .vanish());
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void clientsThatVanishWhileTheirListIsAnsweredDoNotMatter(Address address) throws Exception {
        for (int i = 0; i < 50; i++) {
            peer(address, peer -> {
                peer.greet();
                for (int stream = 1; stream < 20; stream += 2) {
                    call(peer, stream, "List").message(stream, new byte[0]);
                }
                peer.vanish();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void resetOfEachStreamRightAfterItsRequestDoesNotMatter(Address address) throws Exception {
        peer(address, peer -> {
            peer.greet();
            for (int stream = 1; stream < 100; stream += 2) {
                call(peer, stream, "Get")
                        .message(stream, GET_KEPT)
                        .frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
            }
            call(peer, 101, "Get").message(101, GET_KEPT);
            assertEquals("0", peer.awaitEnd(101).get("grpc-status"));
        });
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void randomBytesAreHungUpOn(Address address) throws Exception {
        Random random = new Random(7780);
        for (int i = 0; i < 50; i++) {
            byte[] bytes = new byte[64 + random.nextInt(4096)];
            random.nextBytes(bytes);
            peer(address, peer -> hungUp(peer, bytes));
        }
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void http1IsHungUpOn(Address address) throws Exception {
        peer(address, peer -> hungUp(peer, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII)));
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void halfPrefaceAndSilenceDoNotMatter(Address address) throws Exception {
        for (int length = 0; length <= RawHttp2.PREFACE.length; length++) {
            byte[] half = Arrays.copyOf(RawHttp2.PREFACE, length);
            peer(address, peer -> peer.send(half).vanish());
        }
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void framesThatBreakHttp2AreHungUpOn(Address address) throws Exception {
        byte[] random = new byte[100];
        new Random(7).nextBytes(random);
        peer(address, peer -> {
            peer.greet()
                    .frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, random)
                    .awaitHangUp();
        });
        peer(address, peer -> {
            peer.greet().frame(RawHttp2.DATA, 0, 1, random).awaitHangUp();
        });
        peer(address, peer -> {
            peer.greet().frame(RawHttp2.PING, 0, 0, random).awaitHangUp();
        });
        peer(address, peer -> {
            peer.greet().frame(RawHttp2.CONTINUATION, 0, 1, random).awaitHangUp();
        });
        peer(address, peer -> {
            byte[] startOf16Mebibytes = {-1, -1, -1, RawHttp2.DATA, 0, 0, 0, 0, 1};
            peer.greet().send(startOf16Mebibytes).awaitHangUp();
        });
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void messageOfAnotherLengthThanItSaysIsInternal(Address address) throws Exception {
        peer(address, peer -> {
            delete(peer).frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, RawHttp2.prefixed(1000, DELETE_KEPT));
            assertEquals("13", peer.awaitEnd(1).get("grpc-status"));
        });
        peer(address, peer -> {
            delete(peer).frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[] {0, 0, 0});
            assertEquals("13", peer.awaitEnd(1).get("grpc-status"));
        });
    }

    @ParameterizedTest
    @MethodSource("addresses")
    void messageThatSaysToBeCompressedAndIsNotIsInternal(Address address) throws Exception {
        byte[] compressed = RawHttp2.prefixed(DELETE_KEPT.length, DELETE_KEPT);
        compressed[0] = 1;
        peer(address, peer -> {
            delete(peer).frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, compressed);
            assertEquals("13", peer.awaitEnd(1).get("grpc-status"));
        });
    }

    static Iterable<Address> addresses() {
        return daemon.addresses();
    }

    private static void peer(Address address, Behaviour behaviour) throws Exception {
        try (RawHttp2 peer = new RawHttp2(address)) {
            behaviour.on(peer);
        }
    }

    private static void hungUp(RawHttp2 peer, byte[] bytes) throws IOException {
        peer.send(bytes).awaitHangUp();
    }

    private static RawHttp2 delete(RawHttp2 peer) throws IOException {
        return call(peer.greet(), 1, "Delete");
    }

    private static RawHttp2 call(RawHttp2 peer, int stream, String method) throws IOException {
        return peer.call(stream, "/" + IMAGES + method, "application/grpc", "containerd-namespace", STEADY);
    }
}
