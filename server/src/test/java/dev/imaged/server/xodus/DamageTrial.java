package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.store.TestStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import jetbrains.exodus.io.DataWriter;

/**
 * One start of a damaged store: it is refused and changes nothing, or each answer is right or DataLoss. Then either the store is
 * written to, or what was damaged is put back, after which nothing is missing.
 */
record DamageTrial(Path folder, MadeStore store, SavedFolder damaged, boolean isPutBack) {
    private static final Image LATER = new Image("later", new Descriptor("m", "sha256:" + "a".repeat(64), 1));

    /** The paths of what is damaged. */
    SortedSet<String> touched() {
        return store.newest().differences(damaged);
    }

    /** Returns whether the store opened. Any exception that is not one of the API's rules is thrown. */
    boolean run() throws IOException {
        damaged.writeTo(folder);
        AtomicBoolean hasWritten = new AtomicBoolean();
        boolean isOpened = start(hasWritten);
        // After a while a store drops old changes and cleans files: what is put back then is older than the rest.
        if (isPutBack && !hasWritten.get()) {
            putBack();
            try (XodusDatabase database = MadeStore.open(folder);
                    ImageStores stores = MadeStore.stores(database)) {
                assertEquals(0, readAll(database, stores, store.images(), store.revision()), "lost once put back");
                assertEquals(List.of(), problems(database));
            }
        }
        return isOpened;
    }

    /** @param hasWritten set when anything is written to the log */
    private boolean start(AtomicBoolean hasWritten) throws IOException {
        XodusDatabase database;
        try {
            database = MadeStore.open(folder, files -> watched(files, hasWritten));
        } catch (FailedPrecondition | DataLoss refusal) {
            verifyRefusal(refusal);
            return false;
        }
        Image later = null;
        try (ImageStores stores = MadeStore.stores(database)) {
            readAll(database, stores, store.images(), store.revision());
            if (!isPutBack) {
                later = write(stores);
            }
        }
        if (later != null) {
            verifyStored(later);
        }
        return true;
    }

    private static DataWriter watched(DataWriter files, AtomicBoolean hasWritten) {
        return InterceptedWriter.of(files, (method, arguments, call) -> {
            if (method.equals("write")) {
                hasWritten.set(true);
            }
            return call.run();
        });
    }

    private Image write(ImageStores stores) {
        try {
            return stores.namespace(MadeStore.NAMESPACE).create(LATER);
        } catch (DataLoss e) {
            verifyNamed(e);
            return null;
        }
    }

    /** A write that was acknowledged is there after the next start, and so is all before it. */
    private void verifyStored(Image later) {
        NavigableMap<String, Image> images = new TreeMap<>(store.images());
        images.put(later.name(), later);
        try (XodusDatabase database = MadeStore.open(folder);
                ImageStores stores = MadeStore.stores(database)) {
            readAll(database, stores, images, store.revision() + 1);
        }
    }

    /** Returns how many of all the answers are DataLoss; every other one has to be right. */
    private int readAll(XodusDatabase database, ImageStores stores, NavigableMap<String, Image> images, long revision) {
        ImageStore reads = stores.namespace(MadeStore.NAMESPACE);
        int lost = lost(() -> assertEquals(revision, TestStores.revision(database), "revision"));
        for (int i = 0; i < MadeStore.NAMES; i++) {
            String name = MadeStore.name(i);
            lost += lost(() -> verifyImage(name, images.get(name), find(reads, name)));
        }
        lost += lost(() -> assertTrue(List.copyOf(images.values()).equals(reads.list()), "wrong list"));
        for (String team : List.of("team-0", "team-1", "team-2")) {
            List<Image> members = ofTeam(team, images.values());
            lost += lost(() -> assertTrue(
                    members.equals(reads.list(List.of("labels.team==" + team))), () -> "wrong list of " + team));
        }
        if (lost > 0) {
            assertFalse(problems(database).isEmpty(), "a check finds nothing");
        }
        return lost;
    }

    /** Shorter than what {@code assertEquals} says. */
    private static void verifyImage(String name, Image expected, Image found) {
        assertTrue(
                Objects.equals(expected, found),
                () -> "wrong answer: " + name + (found == null ? " is not found" : " has an older or another value"));
    }

    private int lost(Runnable read) {
        try {
            read.run();
            return 0;
        } catch (DataLoss e) {
            verifyNamed(e);
            return 1;
        }
    }

    private static List<Image> ofTeam(String team, Collection<Image> images) {
        return images.stream()
                .filter(image -> team.equals(image.labels().get("team")))
                .toList();
    }

    private static Image find(ImageStore images, String name) {
        try {
            return images.get(name);
        } catch (NotFound e) {
            return null;
        }
    }

    private static List<String> problems(XodusDatabase database) {
        return TestStores.problems(database);
    }

    private void verifyNamed(DataLoss loss) {
        String message = loss.getMessage();
        assertTrue(namesDamaged(message), () -> "names no damaged file: " + message);
    }

    private void verifyRefusal(ImageException refusal) throws IOException {
        SortedSet<String> changed = damaged.differences(SavedFolder.of(folder));
        changed.remove(SavedFolder.LOCK);
        assertTrue(changed.isEmpty(), () -> "files that changed: " + changed + ": " + refusal);
        String message = refusal.getMessage();
        boolean isPutBackTold = message.matches("(?s).*\\bput\\b.*\\bback\\b.*") && namesDamaged(message);
        assertTrue(
                isPutBackTold || message.contains("imaged salvage") || message.contains("restore a backup"),
                () -> "no way out: " + message);
    }

    private boolean namesDamaged(String message) {
        return touched().stream().map(DamageTrial::name).anyMatch(message::contains);
    }

    /** The name of a file without its folder, and without what tells a file of the log from its checksums. */
    private static String name(String path) {
        return Path.of(path).getFileName().toString().replaceFirst("\\.(xd|crc)$", "");
    }

    private void putBack() throws IOException {
        SavedFolder now = SavedFolder.of(folder);
        for (String path : touched()) {
            byte[] bytes = store.newest().files().get(path);
            if (bytes == null) {
                now.files().remove(path);
            } else {
                now.files().put(path, bytes);
            }
        }
        now.writeTo(folder);
    }

    @Override
    public String toString() {
        SortedSet<String> touched = touched();
        String files = touched.size() > 3 ? touched.size() + " files" : touched.toString();
        return store.shape() + ", " + files + (isPutBack ? ", put back" : "");
    }
}
