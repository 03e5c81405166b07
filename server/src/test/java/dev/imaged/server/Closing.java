package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertAll;

import java.util.Arrays;
import java.util.Objects;

/** Closes what a test has opened. */
public final class Closing {
    private Closing() {}

    /** Closes all of these in their order, even when one of them fails. Those that are null were never opened. */
    public static void all(AutoCloseable... opened) {
        assertAll(Arrays.stream(opened).filter(Objects::nonNull).map(one -> one::close));
    }
}
