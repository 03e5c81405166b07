package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.remote.Address;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.RemoteMaintenance;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A daemon with 256 MiB of heap and 100,000 images, and clients that mean it harm. It has to go on, within a bound of
 * memory, and to answer Gets beside them. It prints how fast it did. {@code -Dimaged.load.seconds=20}, how long each attack
 * goes on, is a long run; {@code -Dimaged.load.only=TEXT} runs those with the text in their names.
 */
class HostileLoadIT {
    private static final long SECONDS = Long.getLong("imaged.load.seconds", 1);

    /** A part of the names of the attacks to run. */
    private static final String ONLY = System.getProperty("imaged.load.only", "");

    /** Those of docker/Dockerfile, with the heap of a container of 512 MiB. */
    private static final List<String> JVM =
            List.of("-XX:+UseSerialGC", "-Xms32m", "-XX:MaxNewSize=32m", "-Xmx256m", "-XX:+ExitOnOutOfMemoryError");

    /**
     * The heap (256), direct memory of requests and answers (64 each), as much again for what netty's pool holds unused, and
     * 150 for classes, compiled code, threads and the collector.
     */
    private static final long MAX_RESIDENT_MIB = 256 + 2 * (64 + 64) + 150;

    private static final int FITTING = 50_000;
    private static final int REST = 50_000;

    @TempDir
    Path folder;

    private DaemonProcess daemon;
    private Address address;
    private Prober tcp;
    private Prober unix;
    private AttackerProcess attackers;
    private int checks;

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void daemonGoesOnWithinItsMemoryAndAnswersGetsBesideAttacks() throws Exception {
        try (DaemonProcess started = start()) {
            fill();
            try (Prober overTcp = new Prober(address, name(7));
                    Prober overUnix = new Prober(Address.parse("unix://" + folder.resolve("s")), name(7));
                    AttackerProcess process = AttackerProcess.start(address, SECONDS)) {
                tcp = overTcp;
                unix = overUnix;
                attackers = process;
                List<String> attacks = attackers.attacks().stream()
                        .filter(attack -> attack.contains(ONLY))
                        .toList();
                assertFalse(attacks.isEmpty(), "no attack has " + ONLY + " in its name");
                for (String attack : attacks) {
                    run(attack);
                }
            }
            assertTrue(started.isAlive());
        }
    }

    private DaemonProcess start() throws IOException {
        daemon = DaemonProcess.start(
                folder,
                JVM,
                "serve",
                "--data",
                folder.resolve("data").toString(),
                "--max-list-time",
                "1s",
                "--listen",
                "127.0.0.1:0,unix://" + folder.resolve("s"));
        String listening = daemon.greeting().get(0);
        address = Address.parse(listening.substring(listening.lastIndexOf(' ') + 1));
        return daemon;
    }

    /** One namespace fits into a message, the other does not. */
    private void fill() {
        try (Maintenance maintenance =
                        new RemoteMaintenance(RemoteImageStores.connect("unix://" + folder.resolve("s")));
                Maintenance.Load load = maintenance.load(false)) {
            Instant time = Instant.EPOCH;
            for (int i = 0; i < FITTING + REST; i++) {
                Map<String, String> labels = i < FITTING ? Map.of("n", "v" + i) : Map.of("n", "v".repeat(400));
                Descriptor target = new Descriptor(
                        "application/vnd.oci.image.index.v1+json", "sha256:" + String.format("%064x", i), 7);
                load.add(new NamespacedImage(
                        i < FITTING ? "fits" : "rest", new Image(name(i), labels, target, time, time)));
            }
            load.finish();
        }
    }

    private static String name(int number) {
        return "docker.io/library/image" + number + ":latest";
    }

    private void run(String name) throws Exception {
        long start = System.nanoTime();
        tcp.latencies();
        unix.latencies();
        String answers = attackers.run(name);
        String latencies = "TCP " + tcp.latencies() + "; unix socket " + unix.latencies();
        System.out.printf(
                "%s (%.1f s): %s; %d MiB resident, at most %d; %s%n",
                name, (System.nanoTime() - start) / 1e9, latencies, resident("VmRSS"), resident("VmHWM"), answers);
        assertTrue(daemon.isAlive(), name + ": the daemon ended: " + daemon.log());
        assertEquals("", tcp.failure(), name + ": every Get by TCP is answered");
        assertEquals("", unix.failure(), name + ": every Get by the unix socket is answered");
        assertTrue(resident("VmHWM") < MAX_RESIDENT_MIB, name + ": " + resident("VmHWM") + " MiB resident");
        worksAsBefore();
    }

    private void worksAsBefore() {
        try (RawClient client = new RawClient(address.toString())) {
            CreateImageRequest create = CreateImageRequest.newBuilder()
                    .setImage(TestDaemon.image("check" + checks++))
                    .build();
            client.call("Create", "after", create).requireOk();
            assertEquals(
                    FITTING,
                    client.call("List", "fits", new byte[0])
                            .requireOk(ListImagesResponse.parser())
                            .getImagesCount());
        }
    }

    private long resident(String field) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + daemon.pid() + "/status"))) {
            if (line.startsWith(field + ":")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
            }
        }
        throw new IOException("no " + field);
    }
}
