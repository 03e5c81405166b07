package dev.imaged.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageProtosTest {
    private static final Image IMAGE = new Image(
            "a",
            Map.of("k", "v"),
            new Descriptor("m", "sha256:abc", Long.MAX_VALUE, Map.of("x", "y")),
            Instant.parse("0000-01-01T00:00:00Z"),
            Instant.parse("2026-08-01T12:00:00.123456789Z"));

    @Test
    void anImageComesBack() {
        assertEquals(IMAGE, ImageProtos.fromProto(ImageProtos.toProto(IMAGE)));
    }

    @Test
    void theTimesOfARequestDoNotCountEvenWhenNoTimeCanHoldThem() {
        var proto = ImageProtos.toProto(IMAGE).toBuilder()
                .setCreatedAt(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))
                .build();

        assertEquals(new Image("a", IMAGE.labels(), IMAGE.target()), ImageProtos.fromRequest(proto));
        assertThrows(ImageException.Internal.class, () -> ImageProtos.fromProto(proto));
    }

    @Test
    void aMaskComesBack() {
        UpdateMask mask = UpdateMask.of("labels.a.b", "target");

        assertEquals(mask, ImageProtos.fromProto(ImageProtos.toProto(mask)));
        assertEquals(UpdateMask.all(), ImageProtos.fromProto(ImageProtos.toProto(UpdateMask.all())));
    }

    @Test
    void timesAreNormalised() {
        assertEquals(Instant.parse("1970-01-01T00:16:41.5Z"), time(1000, 1_500_000_000));
        assertEquals(Instant.parse("1970-01-01T00:16:39.999999999Z"), time(1000, -1));
        assertThrows(DateTimeException.class, () -> time(Long.MIN_VALUE, 0));
        assertThrows(DateTimeException.class, () -> time(Long.MIN_VALUE, -1));
        assertThrows(DateTimeException.class, () -> time(Long.MAX_VALUE, Integer.MAX_VALUE));
    }

    private static Instant time(long seconds, int nanos) {
        return ImageProtos.fromProto(
                Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build());
    }
}
