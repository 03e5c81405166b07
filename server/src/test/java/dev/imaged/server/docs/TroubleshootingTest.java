package dev.imaged.server.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code docs/troubleshooting.md} has all messages of the sources, and no others. */
class TroubleshootingTest {
    /** Shorter texts are parts of messages. */
    private static final int MESSAGE_WORDS = 3;

    /** What the sources hold besides messages of errors, by what it is. */
    private static final Set<String> NOT_ERRORS = Set.of(
            // what commands print when they succeed
            "{} holds a new, empty store",
            "{} holds the store at revision {}, and is verified",
            "{} is restored and verified",
            "deleted {} images that {} does not have",
            "names that point to {}",
            "oldest revision kept",
            "of that in use",
            "index entries of digests",
            "index entries of labels",
            "parts of large values",
            "oldest kept revision",
            // what the transport says, which is translated
            "Unable to resolve host",
            "HTTP status code",
            "ClientCall started after",
            "deadline exceeded after",
            // what nobody is there to read any more
            "the peer has gone",
            "too many connections",
            "the caller cancelled the call",
            "the client goes on at another daemon",
            "where it hangs",
            // what the gRPC layer says in the words of a Go server
            "a response of {} bytes, more than {}",
            // what only a Java program can bring about
            "{} must be at least 1, is {}",
            "maxReferences must be at least 1, is {}",
            "limit and maxReferences must be at least 1, are {} and {}",
            "back-off {} is not greater than zero",
            "silence {} is not greater than zero",
            "position {} is negative",
            "the reader is closed",
            "the image stores are closed",
            "the image store failed: {}",
            "the listener for hints failed: {}",
            "filter text holds an unpaired surrogate",
            "the key of the label for {} is empty: a key is required",
            "unrecognised mediatype {}: not implemented",
            "size of {}: the sum exceeds 64 bits",
            "usage of {}: the sum exceeds 64 bits",
            "position {} is not written STORE/REVISION, for example {}",
            "if the list is too long for one message, ask for a part of it with a filter, such as name~=^docker.io/library/",
            "image {} cannot be modified to have the name {}",
            "a change has an image before or after it",
            // what a server of another make could send
            "the change of image {} is of unknown kind {}",
            "the change of image {} has a time out of range",
            "image {} has a time out of range",
            "{} seconds are beyond what a time can hold",
            "a text is not UTF-8",
            "the answer has a change of an unknown kind",
            // parts of errors that only programs read
            "it does not exist",
            "its revision is {}, not {}",
            "its digest is {}, not {}",
            "revision {} changed it after revision {}",
            // defects
            "OK is not an error",
            "cannot write JSON",
            "a log is never cleared",
            "a watch is used once it is subscribed",
            "{} is open for reading only",
            "{} is not open",
            "an exclusive transaction was not committed",
            // what etcd says, and parts of messages that the page has as REASON or TEXT
            "etcdserver: no leader",
            "required revision has been compacted",
            "database space exceeded",
            "too many requests",
            "request is too large",
            "received message larger than max",
            "too many operations in txn request",
            "user name is empty",
            "authentication is not enabled",
            "invalid auth token",
            "revision of auth store is old",
            "requested lease not found",
            "etcd ended the call without an answer",
            "etcd ended the watch",
            "the watch is not needed any more",
            "the config of an image",
            " at line {}, column {}",
            // the page has it in a cell of its own
            "list fewer images with a filter, such as name~=^prefix",
            // the layout of log lines
            "{}{yyyy-MM-dd'T'HH:mm:ss.SSSX,UTC} %-5level %logger{20} - %msg%n%ex{short}");

    private static List<MessageTemplate> templates;
    private static List<Page.Row> rows;

    @BeforeAll
    static void read() throws IOException {
        templates = SourceMessages.of(Sources.parse());
        rows = Page.read("troubleshooting.md").rows().stream()
                .filter(row -> !row.heading().equals("Health is NOT_SERVING"))
                .toList();
    }

    private static Stream<String> messages() {
        return rows.stream().flatMap(row -> row.code(0).stream());
    }

    @Test
    void theProgramCanPrintEachMessageOfThePage() {
        List<String> unknown = new ArrayList<>();
        for (Page.Row row : rows) {
            for (String message : row.code(0)) {
                if (!new MessageMatcher(templates, message).matches()) {
                    unknown.add("\nline " + row.line() + ": " + message + "\n  the closest text: " + closest(message));
                }
            }
        }
        assertEquals(List.of(), unknown, "messages of the page that no source has");
    }

    @Test
    void thePageHasEachMessageOfTheProgram() {
        List<MessageMatcher> page = messages()
                .map(message -> new MessageMatcher(templates, message))
                .toList();
        List<String> missing = templates.stream()
                .filter(template -> template.reported() && template.words() >= MESSAGE_WORDS)
                .filter(template -> !NOT_ERRORS.contains(template.toString()))
                .filter(template -> page.stream().noneMatch(message -> message.contains(template)))
                .map(template -> "\n" + template.place() + ": " + template)
                .toList();
        assertEquals(
                List.of(),
                missing,
                "messages that the page lacks: add a row, or, of what is not an error, a line to NOT_ERRORS");
    }

    @Test
    void eachMessageIsThereOnce() {
        Set<String> seen = new HashSet<>();
        assertEquals(List.of(), messages().filter(message -> !seen.add(message)).toList());
    }

    @Test
    void whatIsNotAnErrorIsStillInTheSources() {
        Set<String> texts = new HashSet<>();
        templates.forEach(template -> texts.add(template.toString()));
        assertEquals(
                List.of(),
                NOT_ERRORS.stream().filter(text -> !texts.contains(text)).toList());
    }

    /** Returns the text that shares the most words with a message, for the person who mends the page. */
    private static String closest(String message) {
        Set<String> words = Set.copyOf(new HashSet<>(List.of(message.split("\\W+"))));
        MessageTemplate best = templates.get(0);
        long most = 0;
        for (MessageTemplate template : templates) {
            String[] own = template.toString().split("\\W+");
            long shared = 2 * Stream.of(own).distinct().filter(words::contains).count() - own.length;
            if (shared > most) {
                best = template;
                most = shared;
            }
        }
        return best.place() + ": " + best;
    }
}
