package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.images.AsOf;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Listing;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Pages;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.ImageServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Runs a daemon on a folder of its own, and calls each of its methods, so that a JVM can record the classes that it loads. With the
 * record it starts faster: {@code -XX:ArchiveClassesAtExit} (JEP 350) or {@code -XX:AOTCacheOutput} (JEP 514). The latter also
 * records what the compiler has learnt (JEP 515), so it is given enough calls to learn from.
 */
@Command(name = "rehearse", hidden = true, description = "Do once all that a daemon does, for a JVM that records it.")
final class RehearseCommand implements Callable<Integer> {
    private static final int PROFILES_SINCE = 25; // JEP 515

    private static final int ROUNDS = Runtime.version().feature() >= PROFILES_SINCE ? 200 : 1;

    /** How often an image is asked for in a round: as often as in the life of a daemon, next to other calls. */
    private static final int GETS = 100;

    @Override
    public Integer call() throws IOException {
        Path folder = Files.createTempDirectory("imaged");
        try {
            rehearse(folder);
        } finally {
            delete(folder);
        }
        return 0;
    }

    private static void rehearse(Path folder) {
        ServeCommand serve = CommandLine.populateCommand(
                new ServeCommand(),
                "--listen",
                "unix://" + folder.resolve("s"),
                "--data",
                folder.resolve("data").toString());
        try (ImageServer server = ImageServer.start(serve.config(), Clock.systemUTC());
                RemoteImageStores stores =
                        RemoteImageStores.connect(server.addresses().get(0).toString())) {
            for (int round = 0; round < ROUNDS; round++) {
                callAll(stores);
            }
        }
    }

    private static void callAll(RemoteImageStores stores) {
        ImageStore images = stores.namespace("rehearsal");
        String digest =
                Digest.sha256("rehearsal".getBytes(StandardCharsets.UTF_8)).toString();
        Image image = new Image("name", Map.of("key", "value"), new Descriptor("type", digest, 1));
        images.create(image);
        images.update(image, UpdateMask.target());
        AsyncImageStore async = stores.async("rehearsal");
        Stream.generate(() -> async.get("name")).limit(GETS).toList().forEach(CompletableFuture::join);
        for (String filter : List.of("", "name==name", "labels.key==value", "name~=\"a.e\"")) {
            images.list(List.of(filter));
        }
        Pages pages = stores.pages("rehearsal").orElseThrow();
        pages.page(PageOptions.first(ListOptions.DEFAULT));
        try (Listing listing = pages.stream(ListOptions.DEFAULT.asOf(AsOf.revision(1)))) {
            listing.forEachRemaining(found -> {});
        }
        stores.history("rehearsal").orElseThrow().changes("name");
        images.delete("name");
        try {
            images.get("name");
        } catch (ImageException.NotFound e) {
            // as expected: classes of errors are recorded, too
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
