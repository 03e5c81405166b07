package dev.imaged.server.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.protobuf.Timestamp;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.server.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The numbers of {@code docs/limits.md} are those of the flags and of the sources, and its messages those of the program. */
class LimitsTest {
    private static final Map<String, Long> UNITS = Map.of(
            "bytes", 1L,
            "characters", 1L,
            "KiB", 1L << 10,
            "MiB", 1L << 20,
            "ms", 1L,
            "s", 1000L,
            "hour", 3_600_000L,
            "day", 86_400_000L,
            "days", 86_400_000L);

    private static final Pattern QUANTITY = Pattern.compile("([0-9,]+)(?: ([A-Za-z]+))?");

    /** Where the sources have what no flag sets, by the first cell of its row. */
    private static final Map<String, String> FIELDS = Map.ofEntries(
            Map.entry("name", "WriteTransaction.MAX_NAME_BYTES"),
            Map.entry("image with all its fields", "EncodedResponse.MAX_BYTES"),
            Map.entry(
                    "index entries of an image: its name for each label, and twice more",
                    "WriteTransaction.MAX_INDEX_BYTES"),
            Map.entry("key and value of a label, together", "ImageValidator.MAX_LABEL_BYTES"),
            Map.entry("key of an annotation", "ImageValidator.MAX_ANNOTATION_KEY_BYTES"),
            Map.entry("namespace", "ImageValidator.MAX_NAMESPACE_LENGTH"),
            Map.entry("request", "EncodedResponse.MAX_BYTES"),
            Map.entry("list in one answer", "EncodedResponse.MAX_BYTES"),
            Map.entry("images of a page, and changes of a page of a history", "PageRules.MAX_SIZE"),
            Map.entry("images of a page whose size is not given", "PageRules.DEFAULT_SIZE"),
            Map.entry("changes of a page of a history whose size is not given", "PageRules.DEFAULT_HISTORY_SIZE"),
            Map.entry("fields of a request (a label counts as three, a filter as one)", "FieldCount.MAX"),
            Map.entry("fields of all filters of a list", "FilterParser.MAX_FIELDS"),
            Map.entry("instructions and ranges of code points of all regexps of a list", "RegexpCost.MAX"),
            Map.entry("depth of a regexp", "RegexpParser.MAX_HEIGHT"),
            Map.entry("repeats of a regexp, multiplied", "RegexpParser.MAX_COPIES"),
            Map.entry("headers of a call", "ImageServer.MAX_HEADER_BYTES"),
            Map.entry("namespaces that a list or a watch names", "CatalogService.MAX_NAMESPACES"),
            Map.entry("hints of an answer", "HintTrailer.MAX_HINTS"),
            Map.entry("length of a hint", "HintTrailer.MAX_LENGTH"),
            Map.entry("message of an error", "GrpcErrors.MAX_MESSAGE_BYTES"),
            Map.entry("operations of a request, and its checks", "TransactionRules.MAX_OPERATIONS"),
            Map.entry("texts of such a request", "TransactionRules.MAX_BYTES"),
            Map.entry("images that such a request reads", "ReadImages.MAX_BYTES"),
            Map.entry("images of the past that a revert or an undo reads", "PastReading.MAX_BYTES"),
            Map.entry("answer of such a request", "EncodedResponse.MAX_BYTES"),
            Map.entry("request id", "TransactionRules.MAX_REQUEST_ID_LENGTH"),
            Map.entry("reason", "TransactionRules.MAX_REASON_BYTES"),
            Map.entry("time for which all daemons over an etcd cluster know a request id", "CommitSender.KNOWN_FOR"),
            Map.entry("conditions that an error lists", "ErrorDetails.MAX_VIOLATIONS"),
            Map.entry("silence of a caller while that memory is short", "MemoryBudget.PATIENCE"),
            Map.entry("time after which a list thread counts as hanging", "ListThreads.GRACE"),
            Map.entry("list threads that are replaced", "ListThreads.MAX_REPLACED"),
            Map.entry("backups, dumps, loads and checks that run at once", "ImageServer.MAINTENANCE_THREADS"),
            Map.entry("backups, dumps, loads and checks that wait", "ImageServer.MAX_PENDING_MAINTENANCE"),
            Map.entry("silence of the reader of a dump or a backup", "PacedStream.PATIENCE"),
            Map.entry("watches and subscriptions to events at once", "WatchStreams.MAX_WATCHES"),
            Map.entry("request of a watch or of a subscription to events", "WatchStream.MAX_REQUEST_BYTES"),
            Map.entry("changes of the last commits that are kept in memory for watches", "ChangeFeeds.RECENT_BYTES"),
            Map.entry("silence before a connection gets a ping", "Transports.KEEPALIVE_SECONDS"),
            Map.entry("time for the greeting of a connection (TLS, HTTP/2)", "Transports.KEEPALIVE_TIMEOUT_SECONDS"),
            Map.entry("room for deletes on a full disk", "SpaceReserve.BYTES"),
            Map.entry("file of the database", "OpenDatabase.LOG_FILE_KIB"),
            Map.entry("files of the database that are kept open", "ReadHandles.KEPT_OPEN"),
            Map.entry("step back of the clock that is smoothed", "CommitClock.MAX_AHEAD"),
            Map.entry("size up to which the ratio does not count", "UnpackLimits.FREE_BYTES"),
            Map.entry("headers of an entry of a tar", "TarHeaders.MAX_ENTRY_BYTES"),
            Map.entry("headers of all entries of a tar", "TarHeaders.MAX_BYTES"),
            Map.entry("index, manifest or config", "Blobs.MAX_DOCUMENT_BYTES"),
            Map.entry("nesting of such a document", "StrictJson.MAX_NESTING"),
            Map.entry("references that a walk over an image meets", "ReferenceCount.DEFAULT_MAX"),
            Map.entry("text of a line of a dump", "ImageLines.MAX_TEXT"),
            Map.entry("path of a socket", "Unix.MAX_PATH_BYTES"),
            Map.entry("PEM file", "PemFile.MAX_BYTES"),
            Map.entry("duration of an option", "DurationConverter.MAX"));

    /** What the sources compute: {@code ResetsWireTest} shows it. */
    private static final String RESETS =
            "cancelled calls of a connection by TCP within 10 s, with the default of `--max-streams`";

    private static List<Page.Row> rows;
    private static SourceConstants constants;
    private static List<MessageTemplate> templates;

    @BeforeAll
    static void read() throws IOException {
        rows = Page.read("limits.md").rows();
        Sources sources = Sources.parse();
        constants = SourceConstants.of(sources);
        templates = SourceMessages.of(sources);
    }

    @TestFactory
    Stream<DynamicTest> theDefaultIsThatOfTheFlagOrOfTheSource() {
        return rows.stream().map(row -> dynamicTest(row.cells().get(0), () -> requireDefault(row)));
    }

    private static void requireDefault(Page.Row row) {
        String name = row.cells().get(0);
        String stated = row.cells().get(1);
        if (!row.code(2).isEmpty()) {
            requireDefault(row.code(2).get(0), stated);
        } else if (name.equals(RESETS)) {
            assertEquals(2 * quantity(defaultOf(option("--max-streams"))), quantity(stated));
        } else {
            String field = FIELDS.get(name);
            assertNotNull(field, "which field of the sources is this? Add it to FIELDS");
            assertEquals(constants.value(field), quantity(stated), field);
        }
    }

    private static void requireDefault(String flag, String stated) {
        OptionSpec option = option(flag);
        String value = defaultOf(option);
        if (value.equals(CommandLine.Option.NULL_VALUE)) {
            String description = String.join(" ", option.description());
            assertTrue(description.contains("Default: " + stated + "."), description);
        } else {
            long unit = flag.endsWith("-mib") ? 1L << 20 : 1;
            String spaced = value.replaceFirst("^([0-9]+)d$", "$1 days").replaceFirst("^([0-9]+)s$", "$1 s");
            assertEquals(unit * quantity(spaced), quantity(stated), flag);
        }
    }

    /** What applies without the flag and without its variable. */
    private static String defaultOf(OptionSpec option) {
        return option.defaultValue().replaceFirst("^[$][{]env:[A-Z_]+:-(.*)}$", "$1");
    }

    private static OptionSpec option(String flag) {
        return commands(new CommandLine(new Main()))
                .flatMap(command -> command.getCommandSpec().options().stream())
                .filter(option -> option.longestName().equals(flag))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no command has the option " + flag));
    }

    private static Stream<CommandLine> commands(CommandLine command) {
        return Stream.concat(
                Stream.of(command), command.getSubcommands().values().stream().flatMap(LimitsTest::commands));
    }

    private static long quantity(String text) {
        Matcher quantity = QUANTITY.matcher(text);
        assertTrue(quantity.matches(), text);
        long number = Long.parseLong(quantity.group(1).replace(",", ""));
        if (quantity.group(2) == null) {
            return number;
        }
        Long unit = UNITS.get(quantity.group(2));
        assertNotNull(unit, text);
        return number * unit;
    }

    /** The images that were measured, of which this takes one in a hundred. */
    @Test
    void aListHoldsAsManyImagesAsThePageSays() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "limits.md")).replaceAll("\\s+", " ");
        Matcher without = Pattern.compile("has ([0-9]+) bytes an image without labels: 16 MiB hold some ([0-9,]+)")
                .matcher(page);
        Matcher with = Pattern.compile("With three labels it has ([0-9]+) bytes an image: 16 MiB hold some ([0-9,]+)")
                .matcher(page);
        assertTrue(without.find() && with.find());
        requireImages(without, false);
        requireImages(with, true);
    }

    private static void requireImages(Matcher stated, boolean labels) {
        ListImagesResponse.Builder list = ListImagesResponse.newBuilder();
        for (int number = 0; number < 100_000; number += 101) {
            list.addImages(image(number, labels));
        }
        long size = list.build().getSerializedSize();
        long count = list.getImagesCount();
        assertEquals(size / count, quantity(stated.group(1)));
        long inAMessage = (16L << 20) * count / size;
        assertTrue(Math.abs(inAMessage - quantity(stated.group(2))) < 500, inAMessage + " images");
    }

    private static Image image(int number, boolean labels) {
        String repository = String.format("team-%02d/service-%05d", number % 100, number / 100);
        Timestamp time = Timestamp.newBuilder()
                .setSeconds(1_795_000_000)
                .setNanos(786_220_222)
                .build();
        Image.Builder image = Image.newBuilder()
                .setName("registry.example.com/" + repository + ":v1." + number % 7 + "." + number % 13)
                .setTarget(Descriptor.newBuilder()
                        .setMediaType("application/vnd.oci.image.index.v1+json")
                        .setDigest("sha256:" + "a".repeat(64))
                        .setSize(1024 + number))
                .setCreatedAt(time)
                .setUpdatedAt(time);
        if (labels) {
            image.putLabels("team", repository.substring(0, 7))
                    .putLabels("io.cri-containerd.image", "managed")
                    .putLabels("containerd.io/distribution.source.registry.example.com", repository);
        }
        return image.build();
    }

    @TestFactory
    Stream<DynamicTest> whatHappensBeyondItIsWhatTheProgramSays() {
        return rows.stream()
                .flatMap(row -> row.code(3).stream())
                .distinct()
                .filter(message -> message.contains(" "))
                .map(message -> dynamicTest(
                        message, () -> assertTrue(new MessageMatcher(templates, message).matches(), message)));
    }

    @TestFactory
    Stream<DynamicTest> troubleshootingHasEachOfTheseMessages() throws IOException {
        List<String> found = Page.read("troubleshooting.md").rows().stream()
                .flatMap(row -> row.code(0).stream())
                .toList();
        return rows.stream()
                .flatMap(row -> row.code(3).stream())
                .distinct()
                .filter(message -> message.contains(" "))
                .map(message -> dynamicTest(message, () -> assertTrue(found.contains(message), message)));
    }
}
