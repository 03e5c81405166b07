package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OperationTest {
    private static final int IMAGES = 50;
    private static final int CALLS = 20_000;

    private final Targets targets = new Targets(IMAGES);

    @ParameterizedTest
    @EnumSource
    void getsAskForAllImages(Distribution names) throws InvalidProtocolBufferException {
        Operation get = Operation.get(names, IMAGES, 1);
        Set<String> asked = new HashSet<>();
        for (int i = 0; i < CALLS; i++) {
            asked.add(GetImageRequest.parseFrom(request(get, i)).getName());
        }
        assertEquals(allNames(), asked);
    }

    @Test
    void updatesMoveAllImagesToDigestsThatNothingElseEverHad() throws InvalidProtocolBufferException {
        Map<String, String> digests = update(Operation.update(IMAGES, 1));
        digests.putAll(update(Operation.update(IMAGES, 64)));
        assertEquals(2 * CALLS, digests.size());
        assertEquals(allNames(), Set.copyOf(digests.values()));
        IntStream.range(0, IMAGES).forEach(i -> assertNull(digests.get(SyntheticImages.digest(i))));
    }

    @Test
    void listsByDigestAskForThoseThatAllImagesHaveNow() throws InvalidProtocolBufferException {
        Map<String, String> updates = update(Operation.update(IMAGES, 1).first(IMAGES));
        Set<String> now = IntStream.range(0, IMAGES)
                .mapToObj(i -> SyntheticImages.digest(targets.content(i)))
                .collect(Collectors.toSet());
        Set<String> asked = new HashSet<>();
        Operation list = ListOperations.byDigest(IMAGES);
        for (int i = 0; i < CALLS; i++) {
            asked.add(
                    ListImagesRequest.parseFrom(request(list, i)).getFilters(0).replace("target.digest==", ""));
        }
        assertEquals(now, asked);
        assertEquals(true, asked.stream().anyMatch(updates::containsKey));
    }

    @Test
    void eachDeleteHasANameOfItsOwnAndTheyEnd() throws InvalidProtocolBufferException {
        Operation delete = Operation.delete(7, 2, 1);
        assertEquals(
                List.of(SyntheticImages.name(7), SyntheticImages.name(8)),
                List.of(
                        DeleteImageRequest.parseFrom(request(delete, 0)).getName(),
                        DeleteImageRequest.parseFrom(request(delete, 1)).getName()));
        assertNull(delete.calls().next(targets, 2));
    }

    /** Makes updates, and returns the name of each digest that they gave. */
    private Map<String, String> update(Operation update) throws InvalidProtocolBufferException {
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < CALLS; i++) {
            Call call = update.calls().next(targets, i);
            if (call != null) {
                Image image = UpdateImageRequest.parseFrom(call.request()).getImage();
                names.put(image.getTarget().getDigest(), image.getName());
            }
        }
        return names;
    }

    private byte[] request(Operation operation, long number) {
        Call call = operation.calls().next(targets, number);
        assertNotNull(call);
        return call.request();
    }

    private static Set<String> allNames() {
        return IntStream.range(0, IMAGES).mapToObj(SyntheticImages::name).collect(Collectors.toSet());
    }
}
