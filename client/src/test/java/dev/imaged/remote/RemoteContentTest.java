package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.content.Blobs;
import dev.imaged.content.ContentInfo;
import dev.imaged.content.ContentReader;
import dev.imaged.content.InMemoryContent;
import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RemoteContentTest {
    private static final byte[] TEXT = "0123456789".getBytes(StandardCharsets.UTF_8);

    private final InMemoryContent content = new InMemoryContent();
    private TestContentService service;
    private RemoteContent remote;
    private Descriptor blob;

    @BeforeEach
    void start() throws IOException {
        service = new TestContentService(content);
        remote = service.client();
        blob = content.add("text/plain", TEXT);
    }

    @AfterEach
    void stop() {
        service.close();
    }

    private static String read(ContentReader reader, long position, int count) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(count);
        while (target.hasRemaining() && reader.read(target, position + target.position()) > 0) {
            // the rest
        }
        return new String(target.array(), 0, target.position(), StandardCharsets.UTF_8);
    }

    @Test
    void readsInOrderShareAStream() throws IOException {
        assertArrayEquals(TEXT, Blobs.read(remote, blob));
        assertEquals(1, service.streams.get());
        try (ContentReader reader = remote.open(blob)) {
            assertEquals("01234", read(reader, 0, 5));
            assertEquals("56789", read(reader, 5, 9));
            assertEquals(2, service.streams.get());
            assertEquals("234", read(reader, 2, 3));
            assertEquals("5", read(reader, 5, 1));
            assertEquals(3, service.streams.get());
        }
    }

    @Test
    void labelsAreSetOneByOne() {
        remote.label(blob.digest(), Map.of("a/b", "1", "c", "2"));
        assertEquals(
                Map.of("a/b", "1"), remote.label(blob.digest(), Map.of("c", "")).labels());
        assertEquals(content.info(blob.digest()), remote.info(blob.digest()));
    }

    @Test
    void noLabelsLeaveTheLabelsAsTheyAre() {
        ContentInfo labelled = remote.label(blob.digest(), Map.of("a", "1"));
        assertEquals(labelled, remote.label(blob.digest(), Map.of()));
        assertEquals(labelled, content.label(blob.digest(), Map.of()));
        assertThrows(ImageException.NotFound.class, () -> remote.label("sha256:" + "0".repeat(64), Map.of()));
    }

    @Test
    void aLabelHasAKeyOfUnicode() {
        assertThrows(ImageException.InvalidArgument.class, () -> remote.label(blob.digest(), Map.of("", "v")));
        assertThrows(ImageException.InvalidArgument.class, () -> content.label(blob.digest(), Map.of("", "v")));
        assertThrows(ImageException.InvalidArgument.class, () -> remote.label(blob.digest(), Map.of("k", "\ud800")));
        assertThrows(ImageException.InvalidArgument.class, () -> remote.label(blob.digest(), Map.of("\ud800", "v")));
    }

    @Test
    @Timeout(20)
    void closingAReaderEndsAReadThatWaits() throws Exception {
        service.silent = true;
        ContentReader reader = remote.open(blob);
        CompletableFuture<Object> read = CompletableFuture.supplyAsync(() -> {
            try {
                return reader.read(ByteBuffer.allocate(1), 0);
            } catch (IOException | ImageException e) {
                return e;
            }
        });
        while (service.streams.get() == 0) {
            Thread.sleep(5);
        }
        reader.close();
        assertInstanceOf(IOException.class, read.get(5, TimeUnit.SECONDS));
    }

    @Test
    void threadsShareAReader() throws Exception {
        byte[] bytes = new byte[30_000];
        new Random(1).nextBytes(bytes);
        Descriptor large = content.add("text/plain", bytes);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (ContentReader reader = remote.open(large)) {
            List<Future<?>> reads = new ArrayList<>();
            for (int start : new int[] {0, 10_000, 20_000, 29_990}) {
                reads.add(threads.submit(() -> {
                    for (int position = start; position < Math.min(start + 300, bytes.length); position++) {
                        ByteBuffer one = ByteBuffer.allocate(1);
                        assertEquals(1, reader.read(one, position));
                        assertEquals(bytes[position], one.get(0));
                    }
                    return null;
                }));
            }
            for (Future<?> read : reads) {
                read.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void errorsAreTyped() throws IOException {
        ContentReader reader = remote.open(blob);
        content.remove(blob.digest());
        assertThrows(ImageException.NotFound.class, () -> reader.read(ByteBuffer.allocate(1), 0));
        assertThrows(ImageException.NotFound.class, () -> remote.open(blob));
        assertThrows(ImageException.NotFound.class, () -> remote.label(blob.digest(), Map.of("a", "b")));
        assertThrows(ImageException.InvalidArgument.class, () -> remote.info("sha256:0"));
        reader.close();
        assertThrows(IOException.class, () -> reader.read(ByteBuffer.allocate(1), 0));
        service.close();
        assertThrows(ImageException.Unavailable.class, () -> remote.info(blob.digest()));
    }

    @Test
    void anInterruptIsACancelledCall() throws IOException {
        service.silent = true;
        try (ContentReader reader = remote.open(blob)) {
            Thread.currentThread().interrupt();
            assertThrows(ImageException.Cancelled.class, () -> reader.read(ByteBuffer.allocate(1), 0));
            assertEquals(true, Thread.interrupted());
        }
    }
}
