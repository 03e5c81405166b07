package dev.imaged.server.faults;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * A few names that nobody else writes, and what each has to be: what was acknowledged, and nothing that was refused. For one
 * thread.
 */
final class Ledger {
    private static final int NAMES = 4;

    /** As much as makes files fill, so that they are cleaned and deleted. */
    private static final String LARGE = "x".repeat(4000);

    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    private final String prefix;
    private final Tally tally;
    private final Random random;
    private final Map<String, Image> known = new HashMap<>();

    /** Names of which a write had an answer that leaves open whether it took place, and what it would make of the image. */
    private final Map<String, Image> open = new HashMap<>();

    private int writes;

    Ledger(int number, long seed, Tally tally) {
        this.prefix = "docker.io/library/writer-" + number + ":";
        this.random = new Random(seed + number);
        this.tally = tally;
    }

    /** Writes one name; says whether that was acknowledged. */
    boolean write(ImageStore store) {
        String name = prefix + random.nextInt(NAMES);
        if (open.containsKey(name) && !verify(store, name)) {
            return false;
        }
        Image present = known.get(name);
        Image next = present != null && random.nextInt(4) == 0 ? null : image(name);
        long start = System.nanoTime();
        try {
            Image stored = null;
            if (next == null) {
                store.delete(name);
            } else if (present == null) {
                stored = store.create(next);
            } else {
                stored = store.update(next, UpdateMask.all());
            }
            tally.acknowledged();
            adopt(name, next, stored);
            return true;
        } catch (ImageException e) {
            refused(store, name, next, e, System.nanoTime() - start);
            return false;
        }
    }

    private Image image(String name) {
        writes++;
        Map<String, String> labels = new HashMap<>(Map.of("n", "" + writes));
        if (writes % 2 == 0) {
            labels.put("large", LARGE + writes);
        }
        return new Image(name, labels, TARGET);
    }

    private void adopt(String name, Image written, Image stored) {
        Image before = known.get(name);
        if (!sameContent(written, stored)) {
            tally.wrong(describe(written) + " was stored as " + describe(stored));
        } else if (before != null && stored != null && !stored.updatedAt().isAfter(before.updatedAt())) {
            tally.wrong(name + " went back from " + before.updatedAt() + " to " + stored.updatedAt());
        }
        remember(name, stored);
    }

    private void refused(ImageStore store, String name, Image attempted, ImageException error, long nanos) {
        if (error instanceof NotFound || error instanceof ImageException.AlreadyExists) {
            tally.wrong(error.getMessage() + ", but it has to be " + describe(known.get(name)));
            known.remove(name);
            open.put(name, attempted);
            return;
        }
        tally.refused(error, nanos);
        if (!String.valueOf(error.getMessage()).contains("not stored")) {
            open.put(name, attempted);
        }
        verify(store, name);
    }

    /** Reads all names, and compares them. */
    void verify(ImageStore store) {
        for (int i = 0; i < NAMES; i++) {
            verify(store, prefix + i);
        }
    }

    /** Reads a name and compares it with what it has to be; says whether there was an answer. */
    private boolean verify(ImageStore store, String name) {
        Image found;
        long start = System.nanoTime();
        try {
            found = find(store, name);
            tally.read(System.nanoTime() - start);
        } catch (ImageException e) {
            tally.failedRead(e);
            return false;
        }
        boolean isKnown = Objects.equals(found, known.get(name));
        boolean isOpen = open.containsKey(name) && sameContent(found, open.get(name));
        if (!isKnown && !isOpen) {
            tally.wrong(name + " is " + describe(found) + " and has to be " + describe(known.get(name)));
        }
        open.remove(name);
        remember(name, found);
        return true;
    }

    private void remember(String name, Image image) {
        if (image == null) {
            known.remove(name);
        } else {
            known.put(name, image);
        }
    }

    private static Image find(ImageStore store, String name) {
        try {
            return store.get(name);
        } catch (NotFound e) {
            return null;
        }
    }

    private static boolean sameContent(Image one, Image other) {
        return content(one).equals(content(other));
    }

    /** What a writer decides of an image: not its times. */
    private static List<Object> content(Image image) {
        return image == null ? List.of() : List.of(image.labels(), image.target());
    }

    private static String describe(Image image) {
        return image == null ? "absent" : "write " + image.labels().get("n") + " of " + image.updatedAt();
    }
}
