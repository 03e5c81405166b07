package dev.imaged.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class GrpcErrorsTest {
    private static Stream<Status.Code> failures() {
        return Arrays.stream(Status.Code.values()).filter(code -> code != Status.Code.OK);
    }

    @TestFactory
    Stream<DynamicTest> everyCodeComesBackWithItsMessage() {
        return failures()
                .map(code -> DynamicTest.dynamicTest(code.name(), () -> {
                    ImageException error = GrpcErrors.fromStatus(code.toStatus().withDescription("why"), null);
                    Status back = GrpcErrors.toStatus(error);

                    assertEquals("why", error.getMessage());
                    assertEquals(code, back.getCode());
                    assertEquals("why", back.getDescription());
                }));
    }

    @Test
    void everyErrorHasItsOwnCode() {
        Set<Class<?>> types = new HashSet<>();
        failures()
                .forEach(code ->
                        types.add(GrpcErrors.fromStatus(code.toStatus(), null).getClass()));

        assertEquals(Set.of(ImageException.class.getPermittedSubclasses()), types);
    }

    @Test
    void aStatusWithoutADescriptionIsNamedByItsCode() {
        assertEquals("ABORTED", GrpcErrors.fromStatus(Status.ABORTED, null).getMessage());
    }

    @Test
    void aVeryLongMessageLosesItsMiddle() {
        for (String unit : new String[] {"x", "%", "é", "😀"}) {
            String message = "image \"" + unit.repeat(100_000) + "\": not found";
            String description =
                    GrpcErrors.toStatus(new ImageException.NotFound(message)).getDescription();

            assertTrue(description.startsWith("image \"" + unit.repeat(100)), description);
            assertTrue(description.contains("... (" + message.length() + " characters) ..."), description);
            assertTrue(description.endsWith("\": not found"), description);
            assertTrue(description.length() < 4200, description);
            assertTrue(StandardCharsets.UTF_8.newEncoder().canEncode(description));
        }
    }

    @Test
    void aMessageThatFitsStaysAsItIs() {
        String fits = "x".repeat(4096);

        assertEquals(
                fits,
                GrpcErrors.toStatus(new ImageException.Aborted(fits, null)).getDescription());
    }

    @Test
    void okIsNotAnError() {
        assertThrows(IllegalArgumentException.class, () -> GrpcErrors.fromStatus(Status.OK, null));
    }
}
