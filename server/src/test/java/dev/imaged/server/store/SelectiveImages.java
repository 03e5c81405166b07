package dev.imaged.server.store;

import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Images, and filters that select any number of them by any index, spread over the names and in a row. */
final class SelectiveImages {
    /** Coprime to the powers of two, so that what has one label is not in a row. */
    private static final int SPREAD = 1237;

    private SelectiveImages() {}

    /** Returns an image; of those up to a power of two, half have the most bits. */
    static Image image(int number) {
        int bits = bits(number * SPREAD % 2048);
        Map<String, String> labels = Map.of("bits", "b" + bits, "bits_" + bits, "yes", "all", "same");
        Descriptor target = new Descriptor("m", "sha256:" + "%x".formatted(bits).repeat(64), 1);
        return new Image(name(number), labels, target, Instant.EPOCH, Instant.EPOCH);
    }

    private static int bits(int number) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(number);
    }

    private static String name(int number) {
        String binary = Integer.toBinaryString(2048 + number);
        return "registry.example.com/" + (number % 5 == 0 ? "é" : ".") + "/" + binary;
    }

    /** Returns filters of lists, each of one or several alternatives. */
    static List<List<String>> filters(int images) {
        List<List<String>> filters = new ArrayList<>();
        for (int bits = 0; bits <= 11; bits++) {
            String digest = "sha256:" + "%x".formatted(bits).repeat(64);
            String binary = Integer.toBinaryString(2048).substring(0, bits + 1);
            String other = Integer.toBinaryString(4095).substring(0, bits + 1);
            filters.add(List.of("target.digest==" + digest));
            filters.add(List.of("target.digest~=^" + digest.substring(0, 12)));
            filters.add(List.of("labels.bits==b" + bits));
            filters.add(List.of("labels.bits_" + bits));
            filters.add(List.of("name~=\"^registry\\\\.example\\\\.com/\\\\./" + binary + "\""));
            filters.add(List.of("name~=^registry.example.com/./" + binary));
            filters.add(List.of("name~=^re.istry.example.com/./" + binary, "name~=^registry.example.com/./" + other));
            filters.add(List.of("labels.bits==b" + bits, "name~=^registry.example.com/é/" + other));
            filters.add(List.of("labels.bits==b" + bits + ",name~=^registry.example.com/é/" + binary));
            filters.add(List.of("name~=^.......................10*" + bits, "name==" + name(bits)));
        }
        for (String all :
                List.of("labels.all", "labels.all==same", "target.digest~=^sha", "name~=^r", "name~=^registry.")) {
            filters.add(List.of(all));
            filters.add(List.of(all, all, "labels.bits==b3"));
        }
        filters.add(List.of("name~=\"^registry.(?s:.)xample\""));
        filters.add(List.of("name==" + name(images - 1), "name==" + name(0), "name==" + name(0)));
        return filters;
    }
}
