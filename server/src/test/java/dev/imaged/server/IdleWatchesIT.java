package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import dev.imaged.remote.RemoteImageStores;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many watches for which nothing happens, on a daemon with a small heap. The property {@code imaged.watches} sets how many. */
@Timeout(300)
class IdleWatchesIT {
    private static final int WATCHES = Integer.getInteger("imaged.watches", 1000);
    private static final int STREAMS = 1000;
    private static final List<String> JVM = List.of("-XX:+UseSerialGC", "-Xmx256m");

    /** Of the heap, and as much again for what a JVM needs besides. */
    private static final long MAX_RESIDENT_KIB = 512 * 1024;

    @TempDir
    Path folder;

    private final List<RemoteImageStores> connections = new ArrayList<>();
    private final AtomicReference<@Nullable Status> end = new AtomicReference<>();
    private DaemonProcess daemon;

    @BeforeEach
    void start() throws IOException {
        daemon = DaemonProcess.start(folder, JVM, DaemonProcess.serveArguments(folder));
        daemon.greeting();
    }

    @AfterEach
    void stop() {
        connections.forEach(RemoteImageStores::close);
        daemon.close();
    }

    private RemoteImageStores connect() {
        return RemoteImageStores.connect("unix://" + folder.resolve("s"));
    }

    /** Counts down for the first message, and for the first change. */
    private final class Reader extends ClientCall.Listener<WatchResponse> {
        private final CountDownLatch begun;
        private final CountDownLatch told;
        private boolean hasBegun;

        Reader(CountDownLatch begun, CountDownLatch told) {
            this.begun = begun;
            this.told = told;
        }

        @Override
        public void onMessage(WatchResponse message) {
            if (!hasBegun) {
                hasBegun = true;
                begun.countDown();
            } else if (message.getChangesCount() > 0) {
                told.countDown();
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            end.compareAndSet(null, status);
        }
    }

    @Test
    void theyAllStayAndAreToldOfAChange() throws Exception {
        CountDownLatch begun = new CountDownLatch(WATCHES);
        CountDownLatch told = new CountDownLatch(WATCHES);
        WatchRequest request = WatchRequest.newBuilder().addNamespaces("ns").build();
        for (int i = 0; i < WATCHES; i++) {
            if (i % STREAMS == 0) {
                connections.add(connect());
            }
            ClientCall<WatchRequest, WatchResponse> call = connections
                    .get(connections.size() - 1)
                    .channel()
                    .newCall(CatalogGrpc.getWatchMethod(), CallOptions.DEFAULT);
            call.start(new Reader(begun, told), new Metadata());
            call.request(Integer.MAX_VALUE);
            call.sendMessage(request);
            call.halfClose();
        }
        await(begun);
        report("idle");

        try (RemoteImageStores stores = connect()) {
            stores.namespace("ns").create(new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1)));
        }
        await(told);
        long resident = report("all told of a change");

        assertEquals(null, end.get(), "no watch has ended");
        assertTrue(daemon.isAlive());
        assertTrue(resident < MAX_RESIDENT_KIB, resident + " KiB are resident");
    }

    private void await(CountDownLatch latch) throws InterruptedException {
        assertTrue(
                latch.await(120, TimeUnit.SECONDS),
                () -> latch.getCount() + " are missing; one ended with " + end.get());
    }

    /** Prints what the heap holds after a collection, and returns how much memory the process has, in KiB. */
    private long report(String when) throws Exception {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Peers.run(jcmd, String.valueOf(daemon.pid()), "GC.run");
        String heap = Peers.run(jcmd, String.valueOf(daemon.pid()), "GC.heap_info");
        long resident = Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
        System.out.println(WATCHES + " watches, " + when + ": " + resident + " KiB are resident; " + heap);
        return resident;
    }
}
