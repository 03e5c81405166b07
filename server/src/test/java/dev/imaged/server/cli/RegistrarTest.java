package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.server.cli.Registrar.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RegistrarTest {
    private static final Descriptor OLD = new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "a".repeat(64), 7);
    private static final Descriptor NEW =
            new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "b".repeat(64), 7, Map.of("k", "", "l", "v"));

    private final ImageStore store = new InMemoryImageStores().namespace("default");

    private Outcome register(ImageStore to, Image image, UpdateMask mask) {
        return new Registrar(to).register(image, mask).outcome();
    }

    @Test
    void aNameIsCreatedThenMovedThenLeftAlone() {
        assertEquals(Outcome.CREATED, register(store, new Image("a", OLD), UpdateMask.target()));
        assertEquals(Outcome.MOVED, register(store, new Image("a", NEW), UpdateMask.target()));
        Image moved = store.get("a");
        assertEquals(Outcome.UNCHANGED, register(store, new Image("a", NEW), UpdateMask.target()));
        assertEquals(moved, store.get("a"));
    }

    @Test
    void aNameThatExistsIsKeptWhenAskedTo() {
        Registrar keeping = new Registrar(store, true);
        assertEquals(
                Outcome.CREATED,
                keeping.register(new Image("a", OLD), UpdateMask.target()).outcome());
        Image before = store.get("a");
        assertEquals(
                Outcome.KEPT,
                keeping.register(new Image("a", NEW), UpdateMask.target()).outcome());
        assertEquals(
                Outcome.UNCHANGED,
                keeping.register(new Image("a", OLD), UpdateMask.target()).outcome());
        assertEquals(before, store.get("a"));
    }

    @Test
    void aNameThatAppearsInBetweenIsKeptWhenAskedTo() {
        ImageStore appearing = new Interfering(store, () -> {}, () -> {
            if (store.list(List.of()).isEmpty()) {
                store.create(new Image("a", OLD));
            }
        });
        Registrar keeping = new Registrar(appearing, true);
        assertEquals(
                Outcome.KEPT,
                keeping.register(new Image("a", NEW), UpdateMask.target()).outcome());
        assertEquals(OLD, store.get("a").target());
    }

    @Test
    void aMoveKeepsTheLabels() {
        store.create(new Image("a", Map.of("x", "1", "y", "2"), OLD));
        UpdateMask mask = UpdateMask.target().and(UpdateMask.label("x"));
        assertEquals(Outcome.MOVED, register(store, new Image("a", Map.of("x", "3"), OLD), mask));
        assertEquals(Map.of("x", "3", "y", "2"), store.get("a").labels());
        assertEquals(Outcome.UNCHANGED, register(store, new Image("a", Map.of("x", "3"), OLD), mask));
        assertEquals(Outcome.MOVED, register(store, new Image("a", Map.of("x", ""), OLD), mask));
        assertEquals(Map.of("y", "2"), store.get("a").labels());
        assertEquals(Outcome.MOVED, register(store, new Image("a", OLD), UpdateMask.all()));
        assertEquals(Map.of(), store.get("a").labels());
    }

    @Test
    void aNameThatVanishesInBetweenIsCreatedAgain() {
        store.create(new Image("a", OLD));
        ImageStore vanishing = new Interfering(store, () -> store.delete("a"), () -> {});
        assertEquals(Outcome.CREATED, register(vanishing, new Image("a", NEW), UpdateMask.target()));
    }

    @Test
    void aNameThatAppearsInBetweenIsMoved() {
        ImageStore appearing = new Interfering(store, () -> {}, () -> {
            if (store.list(List.of()).isEmpty()) {
                store.create(new Image("a", OLD));
            }
        });
        assertEquals(Outcome.MOVED, register(appearing, new Image("a", NEW), UpdateMask.target()));
    }

    @Test
    void aNameThatComesAndGoesForEverIsGivenUp() {
        ImageStore restless = new Interfering(store, () -> store.delete("a"), () -> store.create(new Image("a", OLD))) {
            @Override
            public Image get(String name) {
                store.list(List.of()).forEach(image -> store.delete(image.name()));
                return super.get(name);
            }
        };
        assertThrows(AlreadyExists.class, () -> register(restless, new Image("a", NEW), UpdateMask.target()));
    }

    /** A store where somebody else does something before each update and each create. */
    private static class Interfering implements ImageStore {
        private final ImageStore store;
        private final Runnable beforeUpdate;
        private final Runnable beforeCreate;

        Interfering(ImageStore store, Runnable beforeUpdate, Runnable beforeCreate) {
            this.store = store;
            this.beforeUpdate = beforeUpdate;
            this.beforeCreate = beforeCreate;
        }

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
            beforeCreate.run();
            return store.create(image, options);
        }

        @Override
        public Image update(Image image, UpdateMask mask, WriteOptions options) {
            beforeUpdate.run();
            return store.update(image, mask, options);
        }

        @Override
        public void delete(String name, DeleteOptions options) {
            store.delete(name, options);
        }
    }
}
