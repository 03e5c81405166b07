package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeRequest;
import dev.imaged.proto.v1.DescribeResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.VersionedImage;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.RemoteMaintenance;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command that lists a namespace of more than 16 MiB, as a process with a small heap. */
class StreamedListIT {
    private static final int IMAGES = 100_000;

    /** Less than the list takes as one message, and far less than it takes decoded. */
    private static final String HEAP = "-Xmx32m";

    @TempDir
    static Path folder;

    private static ImageServer server;

    @BeforeAll
    static void serve() throws Exception {
        server = ImageServer.start(
                TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + folder.resolve("s")),
                Clock.systemUTC());
        Descriptor target = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
        try (Maintenance daemon = new RemoteMaintenance(RemoteImageStores.connect(address()));
                Maintenance.Load load = daemon.load(false)) {
            for (int i = 0; i < IMAGES; i++) {
                Image image = new Image(name(i), Map.of("filler", "x".repeat(200)), target);
                load.add(new NamespacedImage("default", image));
            }
            load.finish();
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String address() {
        return server.addresses().get(0).toString();
    }

    private static String name(int number) {
        return "n%06d".formatted(number);
    }

    private static String shell(String command) throws Exception {
        return shell(address(), command);
    }

    /** Runs a shell command in which LS is {@code imaged images ls}, and ERR a file. */
    private static String shell(String address, String command) throws Exception {
        String list = DaemonProcess.java() + " " + HEAP
                + " -XX:TieredStopAtLevel=1 -jar target/imaged.jar images ls --address " + address;
        return Peers.run("bash", "-c", command.replace("LS", list).replace("ERR", err().toString()));
    }

    private static Path err() {
        return folder.resolve("err");
    }

    @Test
    void itIsPrintedWholeInASmallHeap() throws Exception {
        assertEquals(String.valueOf(IMAGES), shell("set -o pipefail; LS -q | wc -l"));
        assertEquals(String.valueOf(IMAGES + 1), shell("set -o pipefail; LS | wc -l"));
        assertEquals(String.valueOf(IMAGES), shell("set -o pipefail; LS -o json | grep -c updatedAt"));
    }

    @Test
    void aReaderThatHasEnoughIsNotAnError() throws Exception {
        assertEquals(name(0) + "\n0 0", shell("LS -q 2> ERR | head -1; echo ${PIPESTATUS[@]}"));
        assertEquals("", Files.readString(err()));
    }

    /** The list of this daemon has no end. */
    private static final class Endless extends CatalogGrpc.CatalogImplBase {
        private static final ListStreamResponse MESSAGE = ListStreamResponse.newBuilder()
                .addAllImages(Collections.nCopies(
                        100,
                        VersionedImage.newBuilder()
                                .setNamespace("default")
                                .setImage(TestDaemon.image("again"))
                                .build()))
                .build();

        @Override
        public void describe(DescribeRequest request, StreamObserver<DescribeResponse> answers) {
            answers.onNext(DescribeResponse.getDefaultInstance());
            answers.onCompleted();
        }

        @Override
        public void listStream(ListStreamRequest request, StreamObserver<ListStreamResponse> answers) {
            ServerCallStreamObserver<ListStreamResponse> call = (ServerCallStreamObserver<ListStreamResponse>) answers;
            call.setOnReadyHandler(() -> {
                while (call.isReady() && !call.isCancelled()) {
                    call.onNext(MESSAGE);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-q", "-0", "", "-o json"})
    void nothingMoreIsAskedForOnceNobodyReads(String options) throws Exception {
        Server endless = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(new Endless())
                .build()
                .start();
        try {
            String address = "127.0.0.1:" + endless.getPort();
            String codes = shell(address, "LS " + options + " 2> ERR | head -c 10; echo ${PIPESTATUS[@]}");
            assertTrue(codes.endsWith("0 0"), codes);
            assertEquals("", Files.readString(err()));
        } finally {
            endless.shutdownNow();
        }
    }

    @Test
    void whatCannotBePrintedIsStillAnError() throws Exception {
        String code = shell("LS -q 2> ERR > /dev/full; echo $?");
        assertEquals("1", code);
        assertTrue(Files.readString(err()).startsWith("imaged: standard output cannot be written"));
    }
}
