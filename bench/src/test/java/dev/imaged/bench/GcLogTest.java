package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GcLogTest {
    @Test
    void eachCollectionCountsOnceAndTheLeastIsTold(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("gc.log"), """
                [0.009s] Using Serial
                [0.812s] GC(0) Pause Young (Allocation Failure) 25M->7M(92M) 6.1ms
                [1.402s] GC(1) Pause Full (Metadata GC Threshold) 30M->5M(92M) 31.5ms
                """);
        GcLog log = new GcLog(folder);
        assertEquals(OptionalDouble.of(5), log.leastMebibytes());
        assertEquals(OptionalDouble.empty(), log.leastMebibytes());
        Files.writeString(
                file, "[2.0s] GC(2) Pause Young (Allocation Failure) 40M->9M(92M) 2.1ms\n", StandardOpenOption.APPEND);
        assertEquals(OptionalDouble.of(9), log.leastMebibytes());
    }
}
