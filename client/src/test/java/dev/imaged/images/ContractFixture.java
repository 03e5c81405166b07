package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.function.Executable;

/** What every part of the contract works with. */
interface ContractFixture {
    String DIGEST_A = "sha256:" + "a".repeat(64);
    String DIGEST_B = "sha256:" + "b".repeat(64);
    Descriptor TARGET_A = new Descriptor("application/vnd.oci.image.index.v1+json", DIGEST_A, 7);
    Descriptor TARGET_B = new Descriptor("application/vnd.oci.image.manifest.v1+json", DIGEST_B, 8);

    ImageStores stores();

    TestClock clock();

    default ImageStore store() {
        return stores().namespace("contract");
    }

    static Image image(String name) {
        return new Image(name, TARGET_A);
    }

    static Image image(String name, Map<String, String> labels) {
        return new Image(name, labels, TARGET_A);
    }

    static <E extends ImageException> void assertFails(Class<E> type, String message, Executable call) {
        assertEquals(message, assertThrows(type, call).getMessage());
    }

    static void assertNames(List<Image> images, String... names) {
        assertEquals(List.of(names), images.stream().map(Image::name).toList());
    }
}
