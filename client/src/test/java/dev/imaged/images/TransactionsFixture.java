package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;

/** What the contracts of transactions work with. */
interface TransactionsFixture extends ContractFixture {
    default Transactions transactions() {
        return stores().transactions("contract").orElseThrow();
    }

    default Applied apply(Operation... operations) {
        return transactions().apply(Apply.of(operations));
    }

    /** Creates an image, and returns it with its revision. */
    default VersionedImage created(Image image) {
        return result(apply(Operation.create(image)), 0);
    }

    static VersionedImage result(Applied applied, int index) {
        VersionedImage image = applied.results().get(index).image();
        if (image == null) {
            throw new AssertionError("result " + index + " has no image: " + applied);
        }
        return image;
    }

    static List<Change.@Nullable Kind> kinds(Applied applied) {
        return applied.results().stream().map(Applied.Result::kind).toList();
    }

    static void assertKinds(Applied applied, Change.@Nullable Kind... kinds) {
        assertEquals(Arrays.asList(kinds), kinds(applied));
    }

    /** Checks an error, and returns it. */
    static <E extends ImageException> E assertReason(Class<E> type, String reason, String message, Executable call) {
        E error = assertThrows(type, call);
        assertEquals(message, error.getMessage());
        assertEquals(reason, error.reason());
        return error;
    }

    static void assertDetails(ImageException error, Map<String, String> details) {
        assertEquals(details, error.details());
    }

    /** Checks that an error lists these conditions, each written {@code TYPE name}. */
    static void assertViolations(ImageException error, String... conditions) {
        assertEquals(
                List.of(conditions),
                error.violations().stream()
                        .map(violation -> violation.type() + " " + violation.subject())
                        .toList());
    }
}
