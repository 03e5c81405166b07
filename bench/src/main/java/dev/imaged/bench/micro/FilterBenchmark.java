package dev.imaged.bench.micro;

import com.google.protobuf.ByteString;
import dev.imaged.filters.Filters;
import dev.imaged.internal.wire.EncodedFields;
import dev.imaged.internal.wire.ImageProtos;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What a filter costs: to read, and to put to an encoded image. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FilterBenchmark {
    /** The filter. */
    @Param({
        "name==docker.io/library/app-000042:v1.2",
        "labels.team!=team-1",
        "name~=000042",
        "name~=\"app-0+42:v[0-9]\"",
        "labels.\"org.opencontainers.image.version\"==v1.2,name~=^docker.io/"
    })
    public String filter = "";

    private Filters parsed = Filters.parse(List.of());
    private ByteString image = ByteString.EMPTY;

    /** Makes what is measured. */
    @Setup
    public void setUp() {
        parsed = Filters.parse(List.of(filter));
        image = ImageProtos.toProto(Images.image(42)).toByteString();
    }

    /** Reads the filter. */
    @Benchmark
    public Filters parse() {
        return Filters.parse(List.of(filter));
    }

    /** Puts the filter to an image. */
    @Benchmark
    public boolean match() {
        return parsed.matches(new EncodedFields(image));
    }
}
