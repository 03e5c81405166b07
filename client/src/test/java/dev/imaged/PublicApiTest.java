package dev.imaged;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Holds what a program can use of the library against {@code public-api.txt}, so that nothing of it changes unseen. A change
 * that is meant is recorded, and reviewed with the rest, by
 *
 * <pre>mvn -pl client -am test -Dtest=PublicApiTest -Dsurefire.failIfNoSpecifiedTests=false -Dimaged.api.record=true</pre>
 */
class PublicApiTest {
    private static final Path RECORDED = Path.of("src/test/resources/public-api.txt");

    @Test
    void theApiIsTheOneThatIsRecorded() throws IOException {
        List<String> api = PublicApi.lines(Path.of("target/classes"));
        if (Boolean.getBoolean("imaged.api.record")) {
            Files.write(RECORDED, api);
        }
        assertEquals(
                String.join("\n", Files.readAllLines(RECORDED)),
                String.join("\n", api),
                "the public API differs from " + RECORDED + "; the comment of this test says how to record it");
    }
}
