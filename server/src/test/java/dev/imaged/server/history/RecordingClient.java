package dev.imaged.server.history;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.server.history.Operation.Content;
import dev.imaged.server.history.Operation.Result;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Makes random calls on a few names, one after the other, and records each with its answer. For one thread. */
final class RecordingClient {
    private static final List<String> NAMES = List.of("a", "b", "docker.io/library/alpine:3.20");
    private static final int DIGESTS = 3;

    private final int number;
    private final Random random;
    private int calls;

    RecordingClient(int number, long seed) {
        this.number = number;
        this.random = new Random(seed);
    }

    /** Calls until the daemon is gone, and tells {@code answered} of each answer. */
    List<Call<Map<String, Content>>> callUntilUnavailable(ImageStore store, Runnable answered) {
        List<Call<Map<String, Content>>> history = new ArrayList<>();
        while (true) {
            Operation operation = next();
            calls++;
            long begin = System.nanoTime();
            try {
                Object answer = operation.answer(store);
                history.add(new Call<>(
                        begin,
                        System.nanoTime(),
                        false,
                        images -> Optional.of(operation.on(images))
                                .filter(result -> result.answer().equals(answer))
                                .map(Result::images),
                        "client " + number + ": " + operation + " answered " + answer));
                answered.run();
            } catch (ImageException.Unavailable e) {
                history.add(new Call<>(
                        begin,
                        System.nanoTime(),
                        true,
                        images -> Optional.of(operation.on(images).images()),
                        "client " + number + ": " + operation));
                return history;
            }
        }
    }

    private Operation next() {
        String name = pick(NAMES);
        String key = pick(List.of("k", "l"));
        String digest = Digest.sha256(("" + random.nextInt(DIGESTS)).getBytes(StandardCharsets.UTF_8))
                .toString();
        // What one write writes, no other does: its size and the value of its label.
        Image image = new Image(
                name, Map.of(key, number + "." + calls), new Descriptor("m", digest, 1 + calls * 100L + number));
        return switch (random.nextInt(10)) {
            case 0, 1 -> new Operation.Create(image);
            case 2 -> new Operation.Update(image, UpdateMask.label(key));
            case 3 -> new Operation.Update(image, UpdateMask.target());
            case 4 -> new Operation.Update(image, UpdateMask.all());
            case 5 -> new Operation.Delete(name, "");
            case 6 -> new Operation.Delete(name, digest);
            case 7 ->
                new Operation.ListAll(
                        pick(List.of(List.of(), List.of("target.digest~=^sha256"), List.of("labels.k", "labels.l"))));
            default -> new Operation.Get(name);
        };
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
