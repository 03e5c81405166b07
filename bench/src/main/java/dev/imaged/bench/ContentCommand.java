package dev.imaged.bench;

import dev.imaged.content.ContentProvider;
import dev.imaged.content.Documents;
import dev.imaged.content.OciLayout;
import dev.imaged.images.ImageContent;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Platform;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks for platforms, config and size of all images of a layout, which is what a listing of images shows. */
@Command(
        name = "content",
        description =
                "Measures what the library reads in images: platforms, config and size of each image of a layout.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ContentCommand implements Callable<Integer> {
    private static final PlatformMatcher PLATFORM = PlatformMatcher.only(new Platform("linux", "arm64"));

    @Option(names = "--images", defaultValue = "300", description = "How many images, each for 8 platforms.")
    private int images;

    @Option(names = "--rounds", defaultValue = "10", description = "How often each figure is measured.")
    private int rounds;

    @Option(names = "--json", description = "Write the figures to this file, too.")
    private @Nullable Path json;

    private final AtomicLong reads = new AtomicLong();

    @Override
    public Integer call() throws IOException {
        Report report = new Report();
        for (boolean withPlatforms : new boolean[] {true, false}) {
            try (TempFolder folder = TempFolder.create()) {
                List<Descriptor> targets = SyntheticLayout.write(folder.path(), images, withPlatforms);
                measure(
                        report,
                        folder.path(),
                        targets,
                        images + " images" + (withPlatforms ? "" : " that do not say their platforms in the index"));
            }
        }
        if (json != null) {
            report.write(json);
        }
        return 0;
    }

    private void measure(Report report, Path folder, List<Descriptor> targets, String name) throws IOException {
        ContentProvider layout = counting(OciLayout.open(folder));
        Documents documents = Documents.of(layout);
        double first = millis(documents, targets);
        report.add(name + ", the first time in this process", "ms", List.of(first));
        report.add(name + ", the first time: blobs read", "blobs", List.of((double) reads.getAndSet(0)));
        List<Double> cached = new ArrayList<>();
        List<Double> cold = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            cached.add(millis(documents, targets));
        }
        report.add(name + ", again", "ms", cached);
        report.add(name + ", again: blobs read", "blobs", List.of((double) reads.getAndSet(0)));
        for (int round = 0; round < rounds; round++) {
            cold.add(millis(Documents.of(layout), targets));
        }
        report.add(name + ", nothing kept before", "ms", cold);
        report.add(name + ", nothing kept before: blobs read", "blobs", List.of((double) reads.getAndSet(0) / rounds));
    }

    private static double millis(Documents documents, List<Descriptor> targets) throws IOException {
        long size = 0;
        long start = System.nanoTime();
        for (Descriptor target : targets) {
            ImageContent image = new ImageContent(documents, target, PLATFORM);
            size += image.platforms().size() + image.config().history().size() + image.size();
        }
        double millis = (System.nanoTime() - start) / 1e6;
        if (size <= 0) {
            throw new IllegalStateException("nothing was read");
        }
        return millis;
    }

    private ContentProvider counting(ContentProvider provider) {
        return blob -> {
            reads.incrementAndGet();
            return provider.open(blob);
        };
    }
}
