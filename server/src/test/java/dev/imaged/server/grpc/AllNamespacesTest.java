package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.imaged.images.AsOf;
import dev.imaged.images.Image;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.proto.v1.VersionedImage;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.proto.v1.WatchResponse;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ReadMask;
import dev.imaged.server.xodus.Engines;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Namespaces that get their first image while a list of all namespaces starts. */
class AllNamespacesTest {
    @TempDir
    Path folder;

    private ImageEngine engine;

    @BeforeEach
    void open() {
        engine = Engines.open(folder, Clock.systemUTC());
        create("old");
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private void create(String namespace) {
        engine.namespace(namespace)
                .create(new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1)), WriteOptions.DEFAULT)
                .join();
    }

    /** The catalogue of the engine; a new namespace comes right after its namespaces were read. */
    private ImageCatalog catalog() {
        ImageCatalog catalog = engine.catalog();
        return (ImageCatalog) Proxy.newProxyInstance(
                ImageCatalog.class.getClassLoader(), new Class<?>[] {ImageCatalog.class}, (self, method, arguments) -> {
                    try {
                        Object result = method.invoke(catalog, arguments);
                        if (method.getName().equals("namespaces")) {
                            create("new");
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aListHasAllImagesOfItsPosition() throws Exception {
        ListStream list = new ListStream(catalog(), null, List.of(), AsOf.now(), null, ReadMask.ALL);
        List<String> listed = new ArrayList<>();
        ListStreamResponse last = ListStreamResponse.getDefaultInstance();
        for (ByteString message; (message = list.next(Cancellation.NONE)) != null; ) {
            last = ListStreamResponse.parseFrom(message);
            last.getImagesList().stream().map(VersionedImage::getNamespace).forEach(listed::add);
        }

        assertEquals(1, last.getPosition().getRevision());
        assertEquals(List.of("old"), listed);
    }

    @Test
    void aWatchHasThemInItsSnapshotOrAsChanges() throws Exception {
        WatchRequest request = WatchRequest.newBuilder()
                .setAllNamespaces(true)
                .setSnapshot(WatchRequest.Snapshot.getDefaultInstance())
                .build();
        CatalogWatch watch = new CatalogWatch(catalog(), request, null);

        WatchResponse snapshot = WatchResponse.parseFrom(watch.next(1 << 18, true, () -> {}, Cancellation.NONE));
        WatchResponse changes = WatchResponse.parseFrom(watch.next(1 << 18, true, () -> {}, Cancellation.NONE));

        assertEquals("old", snapshot.getImages(0).getNamespace());
        assertEquals(1, snapshot.getImagesCount());
        assertEquals(1, snapshot.getPosition().getRevision());
        assertEquals("new", changes.getChanges(0).getNamespace());
        watch.close();
    }

    @Test
    void theChangesSinceThenAreReadOnceForAllNamespaces() {
        List<String> namespaces = IntStream.range(0, 100)
                .mapToObj(number -> "ns" + (100 + number))
                .toList();
        namespaces.forEach(this::create); // none of them has an image at the position below
        AtomicInteger looks = new AtomicInteger();
        ListStream list = new ListStream(engine.catalog(), namespaces, List.of(), AsOf.revision(1), null, ReadMask.ALL);
        while (list.next(looks::incrementAndGet) != null) {
            assertTrue(looks.get() >= namespaces.size());
        }

        assertTrue(looks.get() < 3 * namespaces.size(), looks + " looks at 100 changes");
    }
}
