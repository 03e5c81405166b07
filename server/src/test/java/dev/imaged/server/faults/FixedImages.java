package dev.imaged.server.faults;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.oci.Descriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Images that are stored once and have to stay: more than one file of the log, and more than a small cache holds. */
final class FixedImages {
    private static final int COUNT = 300;
    private static final int GROUPS = 50;
    private static final int LARGE_LABELS = 6;
    private static final String LARGE = "y".repeat(3900);
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "b".repeat(64), 1);

    private final List<Image> images = new ArrayList<>();

    /** Stores the images. */
    FixedImages(ImageStore store) {
        for (int number = 0; number < COUNT; number++) {
            Map<String, String> labels = new HashMap<>(Map.of("group", "g" + number % GROUPS));
            for (int i = 0; i < LARGE_LABELS; i++) {
                labels.put("large" + i, LARGE + number);
            }
            images.add(store.create(new Image(name(number), labels, TARGET)));
        }
    }

    int size() {
        return images.size();
    }

    /** The name of an image by its number; names are in the order of numbers. */
    String name(int number) {
        return String.format("docker.io/library/fixed-%03d:latest", number);
    }

    Image get(int number) {
        return images.get(number);
    }

    /** A filter for the images of the group that an image is in. */
    String groupFilter(int number) {
        return "labels.group==g" + number % GROUPS;
    }

    List<Image> group(int number) {
        List<Image> group = new ArrayList<>();
        for (int other = number % GROUPS; other < COUNT; other += GROUPS) {
            group.add(images.get(other));
        }
        return group;
    }

    /** Compares each image with what is stored. */
    void verify(ImageStore store, Tally tally) {
        for (Image image : images) {
            if (!store.get(image.name()).equals(image)) {
                tally.wrong(image.name() + " is not what was stored");
            }
        }
    }
}
