package dev.imaged.server.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageField;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.oci.Descriptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The fields that a mask leaves in an encoded image. */
class ReadMaskTest {
    private static final Image IMAGE = new Image(
            "a",
            Map.of("k", "v", "l", "x".repeat(5000)),
            new Descriptor("m", "sha256:" + "a".repeat(64), 7, Map.of("b", "c")),
            Instant.parse("2026-01-02T03:04:05Z"),
            Instant.parse("2026-01-03T03:04:05Z"));
    private static final ByteString ENCODED = ImageProtos.toProto(IMAGE).toByteString();

    private static Image masked(Set<ImageField> fields) {
        ReadMask mask = ReadMask.of(fields.stream().map(ImageField::path).toList());
        try {
            return ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(mask.apply(ENCODED)));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("what is left is not an image", e);
        }
    }

    private static List<Set<ImageField>> allMasks() {
        List<Set<ImageField>> masks = new ArrayList<>(List.of(EnumSet.noneOf(ImageField.class)));
        for (ImageField field : ImageField.values()) {
            for (Set<ImageField> mask : List.copyOf(masks)) {
                Set<ImageField> more = EnumSet.copyOf(mask);
                more.add(field);
                masks.add(more);
            }
        }
        return masks;
    }

    @Test
    void whatIsLeftIsWhatTheFieldsOfTheLibraryLeave() {
        allMasks().forEach(fields -> assertEquals(ImageField.keep(IMAGE, fields), masked(fields)));
    }

    @Test
    void masksAreAppliedOnManyThreadsAtOnce() {
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(CompletableFuture.runAsync(() -> {
                for (int round = 0; round < 200; round++) {
                    whatIsLeftIsWhatTheFieldsOfTheLibraryLeave();
                }
            }));
        }
        threads.forEach(CompletableFuture::join);
    }
}
