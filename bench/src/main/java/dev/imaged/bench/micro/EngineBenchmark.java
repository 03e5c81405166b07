package dev.imaged.bench.micro;

import com.google.protobuf.ByteString;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.server.StoreFolder;
import dev.imaged.server.engine.AnswerLimits;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What the engine costs without a transport, with 10,000 images. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = {"--add-opens=java.base/sun.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"})
@SuppressWarnings("NullAway.Init") // JMH calls setUp first
public class EngineBenchmark {
    private static final int IMAGES = 10_000;

    private Path folder;
    private ImageEngine engine;
    private EncodedImages images;
    private long number;

    /** How many writes are made at once. */
    @State(Scope.Benchmark)
    public static class Batch {
        @Param({"1", "16", "64"})
        public int size;
    }

    /** Opens an engine and fills it. */
    @Setup
    public void setUp() throws IOException {
        folder = Files.createTempDirectory("imaged-bench");
        engine = StoreFolder.serve(
                folder,
                64 << 20,
                Clock.systemUTC(),
                new Retention(100_000, Duration.ofDays(7)),
                new WriteLimits(IMAGES, 64 << 20));
        images = engine.namespace("bench");
        List<CompletableFuture<?>> writes = new ArrayList<>();
        for (int i = 0; i < IMAGES; i++) {
            writes.add(images.create(Images.image(i), WriteOptions.DEFAULT));
        }
        writes.forEach(CompletableFuture::join);
    }

    /** Removes everything. */
    @TearDown
    public void tearDown() throws IOException {
        engine.close();
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private long next() {
        number = (number + 7919) % IMAGES;
        return number;
    }

    /** Finds an image by its name. */
    @Benchmark
    public ByteString get() {
        return images.get(Images.name(next()));
    }

    /** Reads a filter and finds the index that serves it. */
    @Benchmark
    public ImageQuery plan() {
        return images.list(List.of("labels.team==team-42,name~=^docker.io/", "target.digest~=^sha256:00"));
    }

    /** Lists by a digest. */
    @Benchmark
    public @Nullable ByteString listByDigest() {
        return images.list(List.of("target.digest==" + Images.target(next()).digest()))
                .answerNow(new AnswerLimits(128, 512 * 1024, 0));
    }

    /** Lists everything. */
    @Benchmark
    public ByteString listAll() {
        return images.list(List.of()).answer(Cancellation.NONE);
    }

    /** Moves names to other targets, durably; the time is that of the whole batch. */
    @Benchmark
    public void commit(Batch batch) {
        List<CompletableFuture<?>> writes = new ArrayList<>(batch.size);
        for (int i = 0; i < batch.size; i++) {
            long name = next();
            writes.add(images.update(
                    Images.image(name).withTarget(Images.target(System.nanoTime())),
                    UpdateMask.target(),
                    WriteOptions.DEFAULT));
        }
        writes.forEach(CompletableFuture::join);
    }
}
