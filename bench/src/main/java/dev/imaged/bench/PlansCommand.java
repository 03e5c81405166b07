package dev.imaged.bench;

import dev.imaged.images.Image;
import dev.imaged.images.WriteOptions;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.store.PlanChoice;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists with filters that select few and many images, by each index and by a scan: where the one costs more than the other. */
@Command(
        name = "plans",
        description =
                "Measures lists in process, without a transport: by an index, by a scan, and as the engine chooses.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class PlansCommand implements Callable<Integer> {
    /** Images in flight while they are created. */
    private static final int BATCH = 1000;

    /** A class of images for each number of digits. */
    private static final int DIGITS = 6;

    private static final String NAMESPACE = "default";
    private static final String NAME = "registry.example.com/app-";

    /** Coprime to all powers of ten, so that the images of a class are not in a row. */
    private static final long SPREAD = 7919;

    private static final long SAMPLE_NANOS = 20_000_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @Option(names = "--images", defaultValue = "100000", description = "How many images it holds, a power of ten.")
    private int images;

    @Option(names = "--rounds", defaultValue = "7", description = "How often each list is made each way.")
    private int rounds;

    @Option(names = "--cache-mib", defaultValue = "192", description = "Heap for what is read again.")
    private int cacheMib;

    /** A list, and how many images its index or its names select. */
    private record Case(String index, String filter, int selected) {
        /** The answer of very many would not fit into a message, so no image meets the last condition of such a list. */
        String sendable() {
            return selected <= ListOperations.MAX_LISTED ? filter : filter + ",target.mediatype==none";
        }
    }

    @Override
    public Integer call() throws Exception {
        try (TempFolder folder = TempFolder.create();
                StoreEngine engine = StoreFolder.serve(
                        folder.path(),
                        (long) cacheMib << 20,
                        Clock.systemUTC(),
                        new Retention(BATCH, Duration.ofDays(1)),
                        new WriteLimits(10 * BATCH, 64 << 20))) {
            fill(engine.namespace(NAMESPACE));
            System.out.println("| filter | selects | as chosen, ms | by the index, ms | scan, ms |");
            System.out.println("| --- | --- | --- | --- | --- |");
            cases().forEach(one -> measure(engine, one));
        }
        return 0;
    }

    private void fill(EncodedImages store) {
        for (int first = 0; first < images; first += BATCH) {
            IntStream.range(first, Math.min(images, first + BATCH))
                    .mapToObj(i -> store.create(image(i), WriteOptions.DEFAULT))
                    .toList()
                    .forEach(CompletableFuture::join);
        }
    }

    private Image image(int i) {
        String digits = Long.toString(i * SPREAD % images);
        Map<String, String> labels =
                Map.of("class", "c" + digits.length(), "class_" + digits.length(), "yes", "version", "v1.2");
        return new Image(
                NAME + String.format("%06d", i),
                labels,
                new Descriptor(MediaType.OCI_INDEX, digest(digits.length()), 7));
    }

    private static String digest(int digits) {
        return "sha256:" + Integer.toString(digits).repeat(64);
    }

    private List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.add(new Case("name==", "name==" + NAME + "000001", 1));
        for (int digits = DIGITS; digits > 0; digits--) {
            String zeros = "0".repeat(digits);
            int selected = (int) Math.min(images, Math.pow(10, DIGITS - digits));
            cases.add(new Case("name~=^", "name~=\"^" + NAME.replace(".", "\\\\.") + zeros + "\"", selected));
            cases.add(new Case("name~=^ with dots", "name~=\"^" + NAME + zeros + "\"", selected));
        }
        for (int digits = 1; Math.pow(10, digits - 1) < images; digits++) {
            int selected = (int) (Math.pow(10, digits) - (digits == 1 ? 0 : Math.pow(10, digits - 1)));
            cases.add(new Case("target.digest==", "target.digest==" + digest(digits), selected));
            cases.add(new Case(
                    "target.digest~=^", "target.digest~=^" + digest(digits).substring(0, 20), selected));
            cases.add(new Case("labels.K==V", "labels.class==c" + digits, selected));
            cases.add(new Case("labels.K", "labels.class_" + digits, selected));
        }
        cases.add(new Case("target.digest~=^", "target.digest~=^sha256", images));
        cases.add(new Case("labels.K==V", "labels.version==v1.2", images));
        cases.add(new Case("labels.K", "labels.class", images));
        return cases;
    }

    private void measure(StoreEngine engine, Case one) {
        Map<PlanChoice, List<Double>> millis = new EnumMap<>(PlanChoice.class);
        for (int round = -1; round < rounds; round++) { // the first one warms up
            for (PlanChoice choice : PlanChoice.values()) {
                double took = millis(engine.namespace(NAMESPACE, choice), one.sendable());
                if (round >= 0) {
                    millis.computeIfAbsent(choice, key -> new ArrayList<>()).add(took);
                }
            }
        }
        List<String> medians = Stream.of(PlanChoice.values())
                .map(choice -> Figure.shown(Figure.of(one.filter(), "ms", millis.getOrDefault(choice, List.of()))
                        .median()))
                .toList();
        System.out.printf(
                Locale.ROOT, "| `%s` | %,d | %s |%n", one.index(), one.selected(), String.join(" | ", medians));
    }

    /** Returns the processor time of a list, of as many in a row as take some time together. */
    private static double millis(EncodedImages store, String filter) {
        long start = THREADS.getCurrentThreadCpuTime();
        long took = 0;
        int lists = 0;
        while (took < SAMPLE_NANOS) {
            store.list(List.of(filter)).answer(Cancellation.NONE);
            took = THREADS.getCurrentThreadCpuTime() - start;
            lists++;
        }
        return took / 1e6 / lists;
    }
}
