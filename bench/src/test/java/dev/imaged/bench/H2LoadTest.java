package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class H2LoadTest {
    private static final String OUTPUT = """
            Main benchmark duration is over for thread #0. Stopping all clients.
            Stopped all clients for thread #0

            finished in 1.50s, 35744.00 req/s, 11.52MB/s
            requests: 53616 total, 53632 started, 53616 done, 53616 succeeded, 0 failed, 0 errored, 0 timeout
            status codes: 53616 2xx, 0 3xx, 0 4xx, 0 5xx
            traffic: 17.28MB (18122440) total, 209.50KB (214530) headers (space savings 95.18%), 15.65MB (16406496) data
                                 min         max         mean         sd        +/- sd
            time for request:      157us      5.86ms       422us       548us    95.87%
            """;

    private static final int ANSWER_BYTES = 306;

    @Test
    void itSaysHowManyCallsSucceeded() throws IOException {
        assertEquals(53_616, H2Load.succeeded(OUTPUT, ANSWER_BYTES));
    }

    @Test
    void anAnswerWithoutAMessageIsAFailure() {
        assertThrows(IOException.class, () -> H2Load.succeeded(OUTPUT, ANSWER_BYTES + 1));
    }

    @Test
    void oneFailureIsTooMany() {
        for (String kind : new String[] {"failed", "errored", "timeout"}) {
            String output = OUTPUT.replace("0 " + kind, "1 " + kind);
            assertThrows(IOException.class, () -> H2Load.succeeded(output, ANSWER_BYTES), kind);
        }
    }

    @Test
    void noCallsAreAFailure() {
        assertThrows(IOException.class, () -> H2Load.succeeded(OUTPUT.replace("53616 succeeded", "0 succeeded"), 0));
        assertThrows(IOException.class, () -> H2Load.succeeded("client could not connect to host", 0));
    }
}
