package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.content.ImageArchive;
import dev.imaged.content.LocalContent;
import dev.imaged.content.TestLayout;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveImportTest {
    /** A store that answers only once. */
    private record Failing(ImageStore store) implements ImageStore {
        @Override
        public Image get(String name) {
            return store.get(name);
        }

        @Override
        public List<Image> list(List<String> filters) {
            return store.list(filters);
        }

        @Override
        public Image create(Image image, WriteOptions options) {
            if (!store.list(List.of()).isEmpty()) {
                throw new Unavailable("the daemon is gone", null);
            }
            return store.create(image, options);
        }

        @Override
        public Image update(Image image, UpdateMask mask, WriteOptions options) {
            return store.update(image, mask, options);
        }

        @Override
        public void delete(String name, DeleteOptions options) {
            store.delete(name, options);
        }
    }

    @Test
    void aFailureOfTheStoreEndsItAndWhatWasDoneIsKnown(@TempDir Path temp) throws IOException {
        TestLayout layout = new TestLayout(temp);
        Descriptor image = layout.image("content");
        layout.list(image, Map.of(ImageArchive.NAME_ANNOTATION, "a:1,a:2,a:3"));
        List<String> warnings = new ArrayList<>();
        ArchiveImport images = new ArchiveImport("archive", warnings::add);
        ImageArchive archive = LocalContent.archive(temp);
        images.check(archive, LayoutNames.of(archive.manifests(), null));
        Registrar registrar = new Registrar(new Failing(new InMemoryImageStores().namespace("default")));
        assertThrows(Unavailable.class, () -> images.register(registrar, Map.of(), UpdateMask.target()));
        assertEquals(
                List.of("a:1"),
                images.done().stream().map(done -> done.image().name()).toList());
        assertTrue(images.isComplete());
        assertEquals(List.of(), warnings);
    }
}
