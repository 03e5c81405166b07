package dev.imaged.errors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.Code;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImageExceptionTest {
    private final Exception cause = new Exception("cause");

    @ParameterizedTest
    @EnumSource
    void anErrorOfACodeHasThatCodeAndItsMessageAsItIs(Code code) {
        ImageException error = ImageException.of(code, "why", cause);

        assertEquals(code, error.code());
        assertEquals("why", error.getMessage());
        assertSame(cause, error.getCause());
    }

    @Test
    void everyTypeHasItsOwnCode() {
        Set<Class<?>> types = Stream.of(Code.values())
                .map(code -> ImageException.of(code, "why", null).getClass())
                .collect(Collectors.toSet());

        assertEquals(Set.of(ImageException.class.getPermittedSubclasses()), types);
    }

    @Test
    void aMessageEndsWithTheNameOfItsCodeWhateverTheCause() {
        assertEquals("x: invalid argument", new InvalidArgument("x").getMessage());
        assertEquals("x: invalid argument", new InvalidArgument("x", cause).getMessage());
        assertEquals("x: not found", new NotFound("x").getMessage());
        assertEquals("x: not found", new NotFound("x", cause).getMessage());
        assertEquals("x: already exists", new AlreadyExists("x").getMessage());
        assertEquals("x: already exists", new AlreadyExists("x", cause).getMessage());
        assertEquals("x: failed precondition", new FailedPrecondition("x").getMessage());
        assertEquals("x: failed precondition", new FailedPrecondition("x", cause).getMessage());
    }

    @Test
    void theNameOfTheCodeIsNotRepeated() {
        InvalidArgument inner = new InvalidArgument("x");

        assertEquals("line 1: x: invalid argument", new InvalidArgument("line 1: " + inner.getMessage()).getMessage());
    }
}
