package dev.imaged.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.imaged.server.MainIT;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** When the program logs as JSON; {@link MainIT} reads what it logs then. */
class LoggingTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve --log-format json",
                "serve --log-format=json --data x --nonsense",
                "serve --listen --log-format=json",
                "serve @file --log-format json surplus",
            })
    void aDaemonThatIsToldToLogsAsJsonFromItsFirstLine(String arguments) {
        assertTrue(Logging.isJson(arguments.split(" ")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "serve",
                "serve --log-format text",
                "serve --log-format",
                "serve --log-format xml",
                "images ls --log-format json",
            })
    void otherwiseItIsText(String arguments) {
        assertFalse(Logging.isJson(arguments.split(" ")));
    }

    /** The stack trace of an error is a field of its event, and does not make lines of its own. */
    @Test
    void anErrorIsOneLineOfJsonWithItsStackTrace() throws Exception {
        Map<String, String> fields =
                event(() -> LoggerFactory.getLogger("a.b").error("it \"broke\"", new IllegalStateException("why\nso")));
        assertEquals(
                Set.of("@timestamp", "level", "logger_name", "thread_name", "message", "stack_trace"), fields.keySet());
        assertEquals("it \"broke\"", fields.get("message"));
        assertEquals("ERROR", fields.get("level"));
        assertEquals("a.b", fields.get("logger_name"));
        assertTrue(fields.get("stack_trace").startsWith("java.lang.IllegalStateException: why\nso\n\tat "));
    }

    @Test
    void anErrorThatEndsAThreadIsLogged() throws Exception {
        Map<String, String> fields = event(() -> {
            Thread thread = new Thread(
                    () -> {
                        throw new IllegalStateException("broken");
                    },
                    "worker");
            thread.start();
            thread.join();
        });
        assertEquals("thread worker ended", fields.get("message"));
        assertTrue(fields.get("stack_trace").startsWith("java.lang.IllegalStateException: broken\n\tat "));
    }

    /** What is done while all is logged as JSON. */
    private interface Step {
        void run() throws Exception;
    }

    /** Returns the fields of the one event that a step logs. */
    private static Map<String, String> event(Step step) throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        System.setErr(new PrintStream(err, true, UTF_8));
        try {
            Logging.configure(Logging.Format.json, "info");
            step.run();
        } finally {
            System.setErr(before);
            Logging.quiet();
        }
        List<String> lines = err.toString(UTF_8).lines().toList();
        assertEquals(1, lines.size(), lines::toString);
        Map<String, String> fields = new HashMap<>();
        try (JsonParser json = new JsonFactory().createParser(lines.get(0))) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                fields.put(json.currentName(), json.nextTextValue());
            }
        }
        return fields;
    }

    @Test
    void whatIsPrintedIsAnEventALine() {
        StringBuilder events = new StringBuilder();
        LogWriter writer = new LogWriter(line -> events.append('<').append(line).append('>'));
        writer.write("a\nb".toCharArray(), 0, 3);
        assertEquals("<a>", events.toString());
        writer.write("c\r\n\nd".toCharArray(), 0, 5);
        assertEquals("<a><bc><>", events.toString());
        writer.close();
        assertEquals("<a><bc><><d>", events.toString());
    }
}
