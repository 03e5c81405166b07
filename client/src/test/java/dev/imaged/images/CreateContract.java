package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Platform;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a create stores and what it refuses. */
interface CreateContract extends ContractFixture {
    @Test
    default void whatIsCreatedIsReturnedAndRead() {
        Image created = store().create(new Image(
                "docker.io/library/alpine:3.20",
                Map.of("a", "1", "b", "2"),
                TARGET_A.withAnnotations(Map.of("x", "y"))));

        assertEquals(Map.of("a", "1", "b", "2"), created.labels());
        assertEquals(TARGET_A.withAnnotations(Map.of("x", "y")), created.target());
        assertEquals(created, store().get("docker.io/library/alpine:3.20"));
        assertEquals(List.of(created), store().list());
    }

    @Test
    default void bothTimesAreThoseOfTheClockAndNotTheCallers() {
        Instant ignored = Instant.parse("2001-02-03T04:05:06Z");

        Image created = store().create(new Image("a", Map.of(), TARGET_A, ignored, ignored));

        assertEquals(TestClock.START, created.createdAt());
        assertEquals(TestClock.START, created.updatedAt());
    }

    @Test
    default void theEpochReplacesTheClock() {
        Stream.of("1970-01-01T00:00:00Z", "-0044-03-15T00:00:00.5Z", "+12026-01-01T00:00:00Z")
                .map(Instant::parse)
                .forEach(epoch -> {
                    Image created = store().create(image("at " + epoch), WriteOptions.atEpoch(epoch));

                    assertEquals(epoch, created.createdAt());
                    assertEquals(epoch, created.updatedAt());
                    assertEquals(created, store().get("at " + epoch));
                });
    }

    @Test
    default void anEmptyNameIsRefused() {
        assertFails(InvalidArgument.class, "Image.Name required", () -> store().create(image("")));
    }

    @TestFactory
    default Stream<DynamicTest> anyOtherNameIsKeptAsItIs() {
        return Stream.of(
                        " ",
                        "a b",
                        "a\nb",
                        "\0",
                        "a\0",
                        "a\0b",
                        "\"quoted\" 'quoted' `quoted`",
                        "\uFEFF",
                        "\uFFFD",
                        "é",
                        "e\u0301",
                        "😀",
                        "../../etc/passwd",
                        "x".repeat(5 * 1024 * 1024))
                .map(name ->
                        DynamicTest.dynamicTest(GoQuote.quote(name.substring(0, Math.min(20, name.length()))), () -> {
                            store().create(image(name));

                            assertEquals(name, store().get(name).name());
                        }));
    }

    @Test
    default void namesThatOnlyLookAlikeAreDifferent() {
        List<String> names = List.of("a", "A", "a\0", "a ", "é", "e\u0301");

        names.forEach(name -> store().create(image(name, Map.of("name", name))));

        names.forEach(
                name -> assertEquals(Map.of("name", name), store().get(name).labels()));
    }

    @Test
    default void aTakenNameIsRefusedAndItsImageStays() {
        Image first = store().create(image("a\n", Map.of("x", "1")));
        clock().advance(Duration.ofSeconds(1));

        assertFails(AlreadyExists.class, "image \"a\\n\": already exists", () -> store().create(first));
        assertThrows(AlreadyExists.class, () -> store().create(new Image("a\n", TARGET_B)));
        assertEquals(first, store().get("a\n"));
    }

    @Test
    default void theErrorOfAVeryLongNameKeepsItsType() {
        String name = "é".repeat(1024 * 1024);
        store().create(image(name));

        assertThrows(AlreadyExists.class, () -> store().create(image(name)));
        assertThrows(NotFound.class, () -> store().get(name + "x"));
        assertThrows(InvalidArgument.class, () -> store().list(List.of("bad " + name)));
    }

    @Test
    default void anInvalidImageUnderATakenNameIsInvalid() {
        store().create(image("a"));

        assertThrows(InvalidArgument.class, () -> store().create(new Image("a", Descriptor.EMPTY)));
    }

    @TestFactory
    default Stream<DynamicTest> digestsAreOfThreeAlgorithmsInLowerCaseHex() {
        return Stream.of("sha256:" + "0f".repeat(32), "sha384:" + "0f".repeat(48), "sha512:" + "0f".repeat(64))
                .map(digest -> DynamicTest.dynamicTest(digest, () -> {
                    Image created = store().create(new Image(digest, new Descriptor("m", digest, 1)));

                    assertEquals(digest, created.target().digest());
                }));
    }

    @TestFactory
    default Stream<DynamicTest> otherDigestsAreRefusedWithTheReason() {
        Map<String, String> reasons = new HashMap<>();
        String hex = "a".repeat(64);
        for (String length : List.of(
                "sha256:abc",
                DIGEST_A + " ",
                DIGEST_A + "\n",
                "sha256:" + "é".repeat(64),
                "sha512:" + hex,
                "sha256:" + hex + ":")) {
            reasons.put(length, "invalid checksum digest length");
        }
        for (String format : List.of(
                "",
                "sha256",
                "sha256:",
                ":" + hex,
                "SHA256:" + hex,
                " " + DIGEST_A,
                "foo:a/b",
                "foo:a+b",
                "sha256:" + hex.toUpperCase(java.util.Locale.ROOT),
                "sha256:" + "g".repeat(64),
                "sha256:" + "a".repeat(63) + "\0",
                "sha256:" + "é".repeat(32))) {
            reasons.put(format, "invalid checksum digest format");
        }
        for (String algorithm : List.of(
                "md5:" + "a".repeat(32),
                "sha1:" + "a".repeat(40),
                "blake3:" + hex,
                "sha512-256:" + hex,
                "multihash+base58:QmR_Z=")) {
            reasons.put(algorithm, "unsupported digest algorithm");
        }
        return reasons.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(GoQuote.quote(entry.getKey()), () -> {
                    Image invalid = new Image("a", new Descriptor("m", entry.getKey(), 1));

                    assertFails(
                            InvalidArgument.class,
                            "target.Digest " + GoQuote.quote(entry.getKey()) + " invalid: " + entry.getValue()
                                    + ": invalid argument",
                            () -> store().create(invalid));
                    assertThrows(NotFound.class, () -> store().get("a"));
                }));
    }

    @Test
    default void aSizeOfZeroOrLessIsRefused() {
        for (long size : new long[] {0, -1, Long.MIN_VALUE}) {
            assertFails(
                    InvalidArgument.class,
                    "target.Size must be greater than zero: invalid argument",
                    () -> store().create(new Image("a", new Descriptor("m", DIGEST_A, size))));
        }
    }

    @Test
    default void theLargestSizeIsKept() {
        store().create(new Image("a", new Descriptor("m", DIGEST_A, Long.MAX_VALUE)));

        assertEquals(Long.MAX_VALUE, store().get("a").target().size());
    }

    @Test
    default void anEmptyMediaTypeIsRefused() {
        assertFails(
                InvalidArgument.class,
                "target.MediaType must be set: invalid argument",
                () -> store().create(new Image("a", new Descriptor("", DIGEST_A, 1))));
    }

    @Test
    default void anyOtherMediaTypeIsKept() {
        for (String mediaType : List.of(" ", "\0", "x".repeat(70_000))) {
            store().create(new Image("a", new Descriptor(mediaType, DIGEST_A, 1)));

            assertEquals(mediaType, store().get("a").target().mediaType());
            store().delete("a");
        }
    }

    @Test
    default void severalFaultsAreFoundInTheOrderLabelDigestSizeMediaType() {
        Map<String, String> tooLarge = Map.of("k", "v".repeat(4096));

        assertThat("image.Labels", new Image("a", tooLarge, Descriptor.EMPTY));
        assertThat("target.Digest", new Image("a", Descriptor.EMPTY));
        assertThat("target.Size", new Image("a", new Descriptor("", DIGEST_A, 0)));
        assertThat("target.MediaType", new Image("a", new Descriptor("", DIGEST_A, 1)));
    }

    private void assertThat(String field, Image isFoundFirst) {
        String message = assertThrows(InvalidArgument.class, () -> store().create(isFoundFirst))
                .getMessage();
        assertEquals(field, message.substring(0, field.length()));
    }

    @Test
    default void aLabelTakesUpTo4096BytesOfUtf8() {
        Map<String, String> largest = Map.of("é".repeat(1000), "é".repeat(1048), "k".repeat(4095), "v");
        store().create(image("a", largest));
        assertEquals(largest, store().get("a").labels());

        assertFails(
                InvalidArgument.class,
                "image.Labels: label key and value length (4097 bytes) greater than maximum size (4096 bytes), key: "
                        + "k".repeat(64) + ": invalid argument",
                () -> store().create(image("b", Map.of("k".repeat(1000), "é".repeat(1548) + "v"))));
    }

    @Test
    default void aLabelWithoutAValueIsMeasuredAndThenDropped() {
        Image created = store().create(image("a", Map.of("k".repeat(4096), "", "", "", "x", "1")));
        assertEquals(Map.of("x", "1"), created.labels());
        assertEquals(created, store().get("a"));

        assertThrows(InvalidArgument.class, () -> store().create(image("b", Map.of("k".repeat(4097), ""))));
    }

    @Test
    default void aLabelOrAnnotationNeedsAKey() {
        assertFails(
                InvalidArgument.class,
                "image.Labels: label \"\"=\"v\": key required: invalid argument",
                () -> store().create(image("a", Map.of("", "v"))));
        assertFails(
                InvalidArgument.class,
                "target.Annotations: annotation \"\"=\"v\": key required: invalid argument",
                () -> store().create(new Image("a", TARGET_A.withAnnotations(Map.of("", "v")))));
        assertEquals(List.of(), store().list());
    }

    @Test
    default void annotationsAreNotMeasuredButTheirKeys() {
        Map<String, String> large = Map.of("k".repeat(32768), "v", "x", "v".repeat(5 * 1024 * 1024), "empty", "");
        Image created = store().create(new Image("a", TARGET_A.withAnnotations(large)));

        assertEquals(
                Map.of("k".repeat(32768), "v", "x", "v".repeat(5 * 1024 * 1024)),
                created.target().annotations());
        assertEquals(created, store().get("a"));
        assertThrows(
                InvalidArgument.class,
                () -> store().create(new Image("b", TARGET_A.withAnnotations(Map.of("k".repeat(32769), "v")))));
    }

    @Test
    default void ofATargetIsKeptWhatTheApiCarries() {
        Descriptor entry = new Descriptor(
                TARGET_A.mediaType(),
                TARGET_A.digest(),
                TARGET_A.size(),
                Map.of("k", "v"),
                new Platform("linux", "amd64"),
                "application/example",
                List.of("https://example.org/blob"),
                "AA==");
        Image created = store().create(new Image("a", entry));

        assertEquals(TARGET_A.withAnnotations(Map.of("k", "v")), created.target());
        assertEquals(created, store().get("a"));
    }

    @Test
    default void textThatIsNotUnicodeIsRefused() {
        String half = "a\uD800b";

        assertFails(
                InvalidArgument.class,
                "image.Name \"a\\ud800b\" is not Unicode text: unpaired surrogate at index 1: invalid argument",
                () -> store().create(image(half)));
        assertThrows(InvalidArgument.class, () -> store().create(image("a", Map.of(half, "v"))));
        assertThrows(InvalidArgument.class, () -> store().create(image("a", Map.of("k", half))));
        for (Descriptor target : List.of(
                new Descriptor(half, TARGET_A.digest(), 1),
                new Descriptor("m", TARGET_A.digest() + half, 1),
                TARGET_A.withAnnotations(Map.of(half, "v")),
                TARGET_A.withAnnotations(Map.of("k", half)))) {
            assertThrows(InvalidArgument.class, () -> store().create(new Image("a", target)));
        }
        assertThrows(InvalidArgument.class, () -> store().get(half));
        assertThrows(InvalidArgument.class, () -> store().delete(half));
        assertThrows(InvalidArgument.class, () -> store().list(List.of("name==\"" + half + "\"")));
        assertEquals(List.of(), store().list());

        Image stored = store().create(image("a", Map.of("k", "v")));
        assertThrows(InvalidArgument.class, () -> store().update(stored, UpdateMask.label(half)));
        assertThrows(InvalidArgument.class, () -> store().update(image("a", Map.of("k", half)), UpdateMask.labels()));
        assertThrows(InvalidArgument.class, () -> store().delete("a", DeleteOptions.ifTarget(half)));
        assertEquals(List.of(stored), store().list());
    }

    @Test
    default void anExpiringImageCannotBeHeldByALeaseThatDoesNotExist() {
        WriteOptions lease = new WriteOptions(null, "unknown");
        Map<String, String> expiring = Map.of(GcLabels.EXPIRE, "2100-01-01T00:00:00Z");

        assertThrows(NotFound.class, () -> store().create(image("a", expiring), lease));
        store().create(image("b"), lease);

        assertThrows(NotFound.class, () -> store().update(image("b", expiring), UpdateMask.labels(), lease));
        ContractFixture.assertNames(store().list(), "b");
    }

    @Test
    default void aClockThatStandsStillOrStepsBackStillMovesForward() {
        Image first = store().create(image("a"));
        clock().advance(Duration.ofHours(-1));
        Image second = store().update(image("a"), UpdateMask.all());

        assertEquals(TestClock.START, first.updatedAt());
        assertEquals(true, second.updatedAt().isAfter(first.updatedAt()));
    }
}
