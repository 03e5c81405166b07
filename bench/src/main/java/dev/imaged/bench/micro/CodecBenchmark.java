package dev.imaged.bench.micro;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.ImageProtos;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What an image costs on its way to bytes and back. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
    private final Image image = Images.image(42);
    private final byte[] bytes = ImageProtos.toProto(image).toByteArray();

    /** Encodes an image. */
    @Benchmark
    public byte[] encode() {
        return ImageProtos.toProto(image).toByteArray();
    }

    /** Decodes an image. */
    @Benchmark
    public Image decode() throws InvalidProtocolBufferException {
        return ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(bytes));
    }
}
