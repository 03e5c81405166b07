package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DocumentsTest {
    private final InMemoryContent content = new InMemoryContent();
    private final AtomicInteger opened = new AtomicInteger();

    private Documents documents(long maxCachedBytes) {
        return Documents.of(
                blob -> {
                    opened.incrementAndGet();
                    return content.open(blob);
                },
                maxCachedBytes);
    }

    private Descriptor index(String annotation) {
        return content.add(
                MediaType.OCI_INDEX,
                ("{\"schemaVersion\":2,\"manifests\":[],\"annotations\":{\"a\":\"" + annotation + "\"}}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aDocumentIsReadOnce() throws IOException {
        Documents documents = documents(1000);
        Descriptor index = index("");
        assertSame(documents.index(index), documents.index(index));
        content.remove(index.digest());
        documents.index(index);
        assertEquals(1, opened.get());
    }

    @Test
    void nothingIsKeptWhereThatIsNotWanted() throws IOException {
        Documents documents = documents(0);
        documents.index(index(""));
        documents.index(index(""));
        assertEquals(2, opened.get());
    }

    @Test
    void noMoreIsKeptThanTheBound() throws IOException {
        Documents documents = documents(1000);
        for (int i = 0; i < 100; i++) {
            documents.index(index("x".repeat(400) + i));
        }
        for (int i = 0; i < 100; i++) {
            documents.index(index("x".repeat(400) + i));
        }
        assertEquals(true, opened.get() >= 196, opened.get() + " reads");
    }

    @Test
    void whatADescriptorSaysIsComparedEachTime() throws IOException {
        Documents documents = documents(1000);
        Descriptor index = index("");
        documents.index(index);
        Descriptor longer = new Descriptor(index.mediaType(), index.digest(), index.size() + 1);
        assertThrows(InvalidArgument.class, () -> documents.index(longer));
        Descriptor other = new Descriptor(MediaType.OCI_MANIFEST, index.digest(), index.size());
        assertThrows(InvalidArgument.class, () -> documents.index(other));
        assertThrows(InvalidArgument.class, () -> documents.manifest(index));
    }

    @Test
    void whatIsNoDocumentIsNotRead() {
        Descriptor layer = new Descriptor(MediaType.OCI_LAYER, "sha256:" + "0".repeat(64), 1);
        assertThrows(InvalidArgument.class, () -> documents(1000).index(layer));
        assertThrows(InvalidArgument.class, () -> documents(1000).manifest(layer));
        assertThrows(InvalidArgument.class, () -> documents(1000).config(layer));
        assertEquals(0, opened.get());
    }

    @Test
    void whatIsMissingMayComeLater() throws IOException {
        Documents documents = documents(1000);
        Descriptor index = index("");
        content.remove(index.digest());
        assertThrows(NotFound.class, () -> documents.index(index));
        index("");
        assertEquals("", documents.index(index).annotations().get("a"));
    }
}
