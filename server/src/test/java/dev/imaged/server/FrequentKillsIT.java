package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A daemon that never lives long, as one that its supervisor kills for memory every few seconds. */
class FrequentKillsIT {
    private static final int ROUNDS = Integer.getInteger("imaged.kills.rounds", 12);
    private static final int NAMES = 192;
    private static final int WRITES_OF_A_ROUND = 20 * NAMES;
    private static final int IN_FLIGHT = 32;
    private static final String KEPT_CHANGES = "1000";

    /** How long the daemon lives after its writes. */
    private static final Duration LIFE = Duration.ofSeconds(2);

    /** A round writes about 7 MiB of log, and less than 2 MiB are in use. */
    private static final long MOST_BYTES = 60L << 20;

    @TempDir
    Path folder;

    @Test
    void aDaemonThatIsKilledEveryFewSecondsCleans() throws Exception {
        List<Long> sizes = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (DaemonProcess daemon = serve();
                    RemoteImageStores stores = RemoteImageStores.connect("unix://" + folder.resolve("s"))) {
                write(stores.async("ns"), round);
                Thread.sleep(LIFE.toMillis()); // there is nothing to wait for: this is what the test is about
                daemon.kill();
            }
            sizes.add(size());
        }
        assertTrue(sizes.get(sizes.size() - 1) < MOST_BYTES, "bytes after each round: " + sizes);
    }

    private DaemonProcess serve() throws IOException {
        List<String> arguments = new ArrayList<>(List.of(DaemonProcess.serveArguments(folder)));
        arguments.addAll(List.of("--keep-changes", KEPT_CHANGES));
        DaemonProcess daemon = DaemonProcess.start(folder, arguments.toArray(String[]::new));
        daemon.greeting();
        return daemon;
    }

    private static void write(AsyncImageStore store, int round) {
        for (int done = 0; done < WRITES_OF_A_ROUND; done += IN_FLIGHT) {
            List<CompletableFuture<Image>> writes = new ArrayList<>();
            for (int i = done; i < done + IN_FLIGHT; i++) {
                byte[] content = (round + " " + i).getBytes(StandardCharsets.UTF_8);
                Descriptor target =
                        new Descriptor("type", Digest.sha256(content).toString(), content.length);
                Image image = new Image("name-" + i % NAMES, Map.of("filler", "x".repeat(500)), target);
                writes.add(round == 0 && i < NAMES ? store.create(image) : store.update(image, UpdateMask.all()));
            }
            writes.forEach(CompletableFuture::join);
        }
    }

    private long size() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
            return files.mapToLong(FrequentKillsIT::size).sum();
        }
    }

    private static long size(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
