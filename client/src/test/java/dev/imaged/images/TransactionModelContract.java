package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A long random history of transactions has the same answers as the reference in memory, errors and their details included. */
interface TransactionModelContract extends TransactionsFixture {
    @Test
    default void aRandomHistoryOfTransactionsHasTheAnswersOfTheReference() {
        long seed = 20261128;
        Random random = new Random(seed);
        try (InMemoryImageStores reference = new InMemoryImageStores(clock())) {
            List<Function<Transactions, Applied>> past = new ArrayList<>();
            for (int step = 0; step < 600; step++) {
                long newest = newest(reference);
                clock().advance(Duration.ofSeconds(1));
                Function<Transactions, Applied> call = random.nextInt(10) == 0 && !past.isEmpty()
                        ? past.get(Math.max(0, past.size() - 1 - random.nextInt(5)))
                        : call(random, step, newest);
                past.add(call);
                assertEquals(answer(reference, call), answer(stores(), call), "seed " + seed + ", step " + step);
                assertEquals(reference.namespace("contract").list(), store().list(), "seed " + seed + ", step " + step);
            }
        }
    }

    private static long newest(ImageStores stores) {
        Apply nothing = Apply.of().check("a", Condition.NONE);
        return stores.transactions("contract")
                .orElseThrow()
                .apply(nothing)
                .position()
                .revision();
    }

    private static String answer(ImageStores stores, Function<Transactions, Applied> call) {
        try {
            Applied applied = call.apply(stores.transactions("contract").orElseThrow());
            return applied.position().revision() + " " + applied.results() + " " + applied.replayed();
        } catch (ImageException e) {
            Map<String, String> details = new TreeMap<>(e.details());
            details.remove("newest"); // holds the id of the store
            String reason =
                    e.reason().equals(e.code().name()) ? "" : e.reason(); // what the wire adds where there is none
            return e.getClass().getSimpleName() + ": " + e.getMessage() + " " + reason + " " + details + " "
                    + e.violations();
        }
    }

    private static Function<Transactions, Applied> call(Random random, int step, long newest) {
        RequestOptions options = new RequestOptions(
                random.nextInt(3) == 0 ? "id" + step : "",
                random.nextBoolean() ? "reason " + step : "",
                random.nextInt(8) == 0);
        long recent = Math.max(0, newest - 10 + random.nextInt(12)); // what every store still keeps
        switch (random.nextInt(6)) {
            case 0 -> {
                Undo undo = new Undo(recent, random.nextBoolean(), options);
                return transactions -> transactions.undo(undo);
            }
            case 1 -> {
                List<Revert.Target> targets = names(random).stream()
                        .map(name -> new Revert.Target(name, AsOf.revision(recent), condition(random)))
                        .toList();
                Revert revert = new Revert(targets, options);
                return transactions -> transactions.revert(revert);
            }
            default -> {
                List<Operation> operations = names(random).stream()
                        .map(name -> operation(random, name).on(condition(random)))
                        .toList();
                List<Apply.Check> checks =
                        random.nextInt(4) == 0 ? List.of(new Apply.Check(name(random), condition(random))) : List.of();
                Apply apply = new Apply(operations, checks, options);
                return transactions -> transactions.apply(apply);
            }
        }
    }

    private static Operation operation(Random random, String name) {
        Image image = new Image(
                name,
                random.nextBoolean() ? Map.of() : Map.of("k", "" + random.nextInt(3)),
                random.nextInt(12) == 0 ? new Descriptor("m", "junk", 1) : random.nextBoolean() ? TARGET_A : TARGET_B);
        return switch (random.nextInt(8)) {
            case 0 -> Operation.create(image);
            case 1 -> Operation.update(image, random.nextInt(6) == 0 ? UpdateMask.of("bad") : UpdateMask.labels());
            case 2 -> Operation.delete(name);
            case 3 -> Operation.delete(name).ignoringMissing();
            case 4 -> Operation.tag(name(random), name);
            case 5 -> Operation.tag(name(random), name).keepingLabels();
            default -> Operation.put(image);
        };
    }

    private static Condition condition(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> Condition.exists();
            case 1 -> Condition.absent();
            case 2 -> Condition.NONE.withDigest(DIGEST_A);
            case 3 -> Condition.NONE.withRevision(1 + random.nextInt(300));
            default -> Condition.NONE;
        };
    }

    private static List<String> names(Random random) {
        List<String> names = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            names.add(name(random));
        }
        return random.nextInt(20) == 0 ? names : names.stream().distinct().toList();
    }

    private static String name(Random random) {
        List<String> names = List.of("a", "ab", "b", "é", "\uFFFD", "😀", "\0");
        return names.get(random.nextInt(names.size()));
    }
}
