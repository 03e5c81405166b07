package dev.imaged.server.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.server.RawClient;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.grpc.ImagesService;
import dev.imaged.server.xodus.Engines;
import io.grpc.Server;
import io.grpc.Status.Code;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A filter that is read for ever neither stops other lists nor goes unnoticed: the engine here really hangs in it. */
@Timeout(60)
class HangingFilterTest {
    private static final Duration MAX_TIME = Duration.ofSeconds(30);
    private static final String HANGS = "labels.\"x\n\"~=hangs" + "s".repeat(1_000);

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final CountDownLatch started = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ListThreads.class);
    private final ListThreads threads = new ListThreads(1, 10, MAX_TIME, (hanging, left) -> {}, nanos::get);
    private ImageEngine engine;
    private Server server;
    private RawClient client;

    @BeforeEach
    void serve() throws Exception {
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        logger.addAppender(log);
        engine = Engines.open(folder, new TestClock());
        String name = InProcessServerBuilder.generateName();
        server = InProcessServerBuilder.forName(name)
                .addService(new ImagesService(new HangingEngine(), threads, MAX_TIME).definition())
                .build()
                .start();
        client = new RawClient(InProcessChannelBuilder.forName(name).build());
    }

    @AfterEach
    void close() {
        release.countDown();
        client.close();
        server.shutdownNow();
        threads.close();
        engine.close();
        logger.detachAppender(log);
    }

    @Test
    void otherListsGoOnAndTheLogNamesTheFilter() throws Exception {
        CompletableFuture<RawClient.Answer> hanging = list(HANGS);
        started.await();
        CompletableFuture<RawClient.Answer> waiting = list("labels.y~=a");
        nanos.addAndGet(MAX_TIME.plusSeconds(11).toNanos());
        threads.replaceHanging();
        hanging.get().requireFailure(Code.RESOURCE_EXHAUSTED, "the call took longer than 30000 ms");
        waiting.get().requireOk();
        List<ILoggingEvent> errors = log.list.stream()
                .filter(event -> event.getLevel() == Level.ERROR)
                .toList();
        assertEquals(1, errors.size());
        String message = errors.get(0).getFormattedMessage();
        assertTrue(message.contains("labels.\\\"x\\n\\\"~=hangss"), message);
        assertTrue(message.contains("characters)") && message.length() < 500, message);
        assertTrue(errors.get(0).getThrowableProxy().getStackTraceElementProxyArray().length > 0, "says where");
    }

    private CompletableFuture<RawClient.Answer> list(String filter) {
        ListImagesRequest request =
                ListImagesRequest.newBuilder().addFilters(filter).build();
        return CompletableFuture.supplyAsync(() -> client.call("List", "n", request));
    }

    /** The engine, but for the filter that hangs. */
    private final class HangingEngine implements ImageEngine {
        @Override
        public String name() {
            return engine.name();
        }

        @Override
        public EncodedImages namespace(String namespace) {
            return new HangingImages(engine.namespace(namespace));
        }

        @Override
        public ImageCatalog catalog() {
            return engine.catalog();
        }

        @Override
        public ImageTransactions transactions() {
            return engine.transactions();
        }

        @Override
        public Maintenance maintenance() {
            return engine.maintenance();
        }

        @Override
        public void onServing(ServingListener listener) {
            engine.onServing(listener);
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private final class HangingImages implements EncodedImages {
        private final EncodedImages images;

        HangingImages(EncodedImages images) {
            this.images = images;
        }

        @Override
        public ImageQuery list(List<String> filters) {
            if (filters.contains(HANGS)) {
                started.countDown();
                while (release.getCount() > 0) {
                    Thread.onSpinWait(); // as a loop that asks nobody whether to end
                }
            }
            return images.list(filters);
        }

        @Override
        public ByteString get(String name) {
            return images.get(name);
        }

        @Override
        public CompletableFuture<ByteString> create(Image image, WriteOptions options) {
            return images.create(image, options);
        }

        @Override
        public CompletableFuture<ByteString> update(Image image, UpdateMask mask, WriteOptions options) {
            return images.update(image, mask, options);
        }

        @Override
        public CompletableFuture<Void> delete(String name, DeleteOptions options) {
            return images.delete(name, options);
        }
    }
}
