package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.oci.Descriptor;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What an update replaces, and what it leaves alone. */
interface UpdateContract extends ContractFixture {
    /** An image with labels and annotations to begin with. */
    private Image existing() {
        Image existing = store().create(new Image(
                "a", Map.of("one", "1", "two", "2"), TARGET_A.withAnnotations(Map.of("x", "1", "y", "2"))));
        clock().advance(Duration.ofSeconds(5));
        return existing;
    }

    private Image update(Map<String, String> labels, Descriptor target, String... paths) {
        Image updated = store().update(new Image("a", labels, target), UpdateMask.of(paths));
        assertEquals(updated, store().get("a"));
        return updated;
    }

    @Test
    default void withoutAMaskEverythingIsReplacedButTheTimeOfCreation() {
        Image before = existing();

        Image after = update(Map.of("three", "3"), TARGET_B);

        assertEquals(
                new Image(
                        "a",
                        Map.of("three", "3"),
                        TARGET_B,
                        before.createdAt(),
                        before.createdAt().plusSeconds(5)),
                after);
    }

    @Test
    default void withoutAMaskTheTargetHasToBeValid() {
        Image before = existing();

        assertThrows(InvalidArgument.class, () -> update(Map.of(), Descriptor.EMPTY));
        assertEquals(before, store().get("a"));
    }

    @Test
    default void theTimesInTheRequestDoNotCount() {
        Image before = existing();
        Instant ignored = Instant.parse("2001-02-03T04:05:06Z");

        Image after = store().update(new Image("a", Map.of(), TARGET_A, ignored, ignored), UpdateMask.all());

        assertEquals(before.createdAt(), after.createdAt());
        assertEquals(before.createdAt().plusSeconds(5), after.updatedAt());
    }

    @Test
    default void anUpdateThatChangesNothingStillMovesTheTime() {
        Image before = existing();

        Image after = store().update(before, UpdateMask.all());

        assertEquals(before.createdAt().plusSeconds(5), after.updatedAt());
    }

    @Test
    default void theEpochSetsTheTimeOfTheUpdateOnly() {
        Image before = existing();

        Image atEpoch = store().update(image("a"), UpdateMask.labels(), WriteOptions.atEpoch(Instant.EPOCH));
        Image byClock = store().update(image("a"), UpdateMask.labels());

        assertEquals(before.createdAt(), atEpoch.createdAt());
        assertEquals(Instant.EPOCH, atEpoch.updatedAt());
        assertEquals(before.createdAt(), byClock.createdAt());
        assertEquals(true, byClock.updatedAt().isAfter(before.updatedAt()));
    }

    @Test
    default void labelsAreReplacedAsAWhole() {
        existing();

        assertEquals(
                Map.of("three", "3"),
                update(Map.of("three", "3"), TARGET_B, "labels").labels());
        assertEquals(Map.of(), update(Map.of(), TARGET_B, "labels").labels());
        assertEquals(DIGEST_A, store().get("a").target().digest());
    }

    @Test
    default void oneLabelIsSetAndTheOthersStay() {
        existing();

        Image after = update(Map.of("one", "new", "ignored", "x"), TARGET_B, "labels.one");

        assertEquals(Map.of("one", "new", "two", "2"), after.labels());
        assertEquals(DIGEST_A, after.target().digest());
    }

    @TestFactory
    default Stream<DynamicTest> theKeyOfALabelIsAllThatFollowsTheFirstDot() {
        return Stream.of("a.b", "io.cri-containerd/image", "sp ace", "\"quoted\"", ".lead", "trail.", "..", "labels.x")
                .map(key -> DynamicTest.dynamicTest(key, () -> {
                    existing();
                    Image after = update(Map.of(key, "v"), TARGET_A, "labels." + key);

                    assertEquals("v", after.labels().get(key));
                    assertEquals(3, after.labels().size());
                    store().delete("a");
                }));
    }

    @Test
    default void aLabelThatTheRequestLacksOrHasEmptyIsRemoved() {
        existing();

        assertEquals(
                Map.of("two", "2"), update(Map.of(), TARGET_A, "labels.one").labels());
        assertEquals(Map.of(), update(Map.of("two", ""), TARGET_A, "labels.two").labels());
        assertEquals(Map.of(), update(Map.of(), TARGET_A, "labels.absent").labels());
    }

    @Test
    default void theEmptyKeyOfALabelIsNoKey() {
        existing();

        assertEquals(2, update(Map.of("x", "y"), TARGET_A, "labels.").labels().size());
        assertThrows(InvalidArgument.class, () -> update(Map.of("", "v"), TARGET_A, "labels."));
    }

    @Test
    default void alsoALabelToBeRemovedIsMeasured() {
        existing();

        update(Map.of(), TARGET_A, "labels." + "k".repeat(4096));
        assertThrows(InvalidArgument.class, () -> update(Map.of(), TARGET_A, "labels." + "k".repeat(4097)));
    }

    @Test
    default void theTargetIsReplacedWithItsAnnotationsAndTheLabelsStay() {
        existing();

        Image after = update(Map.of("ignored", "x"), TARGET_B.withAnnotations(Map.of("z", "3")), "target");

        assertEquals(TARGET_B.withAnnotations(Map.of("z", "3")), after.target());
        assertEquals(Map.of("one", "1", "two", "2"), after.labels());
    }

    @Test
    default void annotationsAreReplacedAsAWholeAndTheTargetStays() {
        existing();

        Image after = update(Map.of(), TARGET_B.withAnnotations(Map.of("z", "3")), "annotations");

        assertEquals(TARGET_A.withAnnotations(Map.of("z", "3")), after.target());
    }

    @Test
    default void oneAnnotationIsSetOrRemoved() {
        existing();

        Image set = update(Map.of(), TARGET_B.withAnnotations(Map.of("x", "new")), "annotations.x");
        assertEquals(TARGET_A.withAnnotations(Map.of("x", "new", "y", "2")), set.target());

        Image removed = update(Map.of(), TARGET_B, "annotations.x");
        assertEquals(TARGET_A.withAnnotations(Map.of("y", "2")), removed.target());
    }

    @Test
    default void theOrderOfPathsNeverShows() {
        Map<String, String> labels = Map.of("three", "3");
        Descriptor target = TARGET_B.withAnnotations(Map.of("z", "3"));
        String[][] orders = {
            {"labels", "labels.one", "target", "annotations", "annotations.x"},
            {"annotations.x", "annotations", "target", "labels.one", "labels"},
            {"labels.one", "labels", "labels", "annotations.x", "target", "target"},
        };
        for (String[] paths : orders) {
            existing();
            Image after = update(labels, target, paths);

            assertEquals(labels, after.labels());
            assertEquals(target, after.target());
            store().delete("a");
        }
    }

    @TestFactory
    default Stream<DynamicTest> otherPathsAreRefusedAndNothingChanges() {
        return Stream.of(
                        "name",
                        "created_at",
                        "updated_at",
                        "target.digest",
                        "target.annotations.x",
                        "*",
                        "",
                        "Labels.x",
                        " labels",
                        "labels,target",
                        "annotationsx.y",
                        "labelsx")
                .map(path -> DynamicTest.dynamicTest(GoQuote.quote(path), () -> {
                    Image before = existing();

                    assertFails(
                            InvalidArgument.class,
                            "cannot update " + GoQuote.quote(path) + " field on image \"a\": invalid argument",
                            () -> update(Map.of(), TARGET_B, "labels", path, "also bad"));
                    assertEquals(before, store().get("a"));
                    store().delete("a");
                }));
    }

    @Test
    default void onlyTheResultHasToBeValid() {
        existing();

        assertEquals(Map.of(), update(Map.of(), Descriptor.EMPTY, "labels").labels());
        assertEquals(
                Map.of(),
                update(Map.of(), new Descriptor("", "junk", -1), "labels", "annotations")
                        .labels());
    }

    @TestFactory
    default Stream<DynamicTest> anUpdateNeedsNoTargetWhereItsMaskUsesNone() {
        Map<String, String> annotations = Map.of("x", "1", "y", "2");
        Map<UpdateMask, Map<String, String>> rows = Map.of(
                UpdateMask.labels(),
                annotations,
                UpdateMask.label("one"),
                annotations,
                UpdateMask.label("absent"),
                annotations,
                UpdateMask.annotation("x"),
                Map.of("y", "2"),
                UpdateMask.labels().and(UpdateMask.annotation("y")),
                Map.of("x", "1"),
                UpdateMask.annotations(),
                Map.of());
        return rows.entrySet().stream()
                .map(row -> DynamicTest.dynamicTest(row.getKey().toString(), () -> {
                    existing();
                    Image request = new Image("a", Map.of("one", "new"), Descriptor.EMPTY);

                    Image after = store().update(request, row.getKey());

                    assertEquals(TARGET_A.withAnnotations(row.getValue()), after.target());
                    assertEquals(after, store().get("a"));
                    store().delete("a");
                }));
    }

    @TestFactory
    default Stream<DynamicTest> anUpdateNeedsATargetWhereItsMaskUsesIt() {
        return Stream.of(
                        UpdateMask.all(),
                        UpdateMask.target(),
                        UpdateMask.labels().and(UpdateMask.target()),
                        UpdateMask.target().and(UpdateMask.annotations()))
                .map(mask -> DynamicTest.dynamicTest(mask.toString(), () -> {
                    Image before = existing();

                    assertFails(
                            InvalidArgument.class,
                            "target.Digest \"\" invalid: invalid checksum digest format: invalid argument",
                            () -> store().update(new Image("a", Map.of("one", "new"), Descriptor.EMPTY), mask));
                    assertEquals(before, store().get("a"));
                    store().delete("a");
                }));
    }

    @Test
    default void aMissingImageIsNotFoundWhateverElseIsWrong() {
        assertFails(NotFound.class, "image \"a\": not found", () -> store().update(image("a"), UpdateMask.all()));
        assertThrows(NotFound.class, () -> update(Map.of(), Descriptor.EMPTY));
        assertThrows(NotFound.class, () -> update(Map.of("k".repeat(4097), "v"), TARGET_A, "bad path"));
        assertThrows(NotFound.class, () -> store().get("a"));
    }

    @Test
    default void anEmptyNameIsRefusedInAnUpdateToo() {
        assertFails(InvalidArgument.class, "Image.Name required", () -> store().update(image(""), UpdateMask.all()));
    }

    @Test
    default void theTimeOfEveryUpdateMovesForwardWhileTheClockIsAnHourBack() {
        Image before = store().create(image("a"));
        clock().advance(Duration.ofHours(-1));
        for (int i = 0; i < 3; i++) {
            Image after = store().update(image("a"), UpdateMask.all());
            assertEquals(true, after.updatedAt().isAfter(before.updatedAt()));
            assertEquals(before.createdAt(), after.createdAt());
            assertEquals(after, store().get("a"));
            before = after;
        }
        clock().advance(Duration.ofHours(2));
        assertEquals(
                TestClock.START.plus(Duration.ofHours(1)),
                store().update(image("a"), UpdateMask.all()).updatedAt());
    }

    @Test
    default void aClockThatWasTenYearsAheadIsNotFollowedOnceItIsRight() {
        store().create(image("before"));
        clock().advance(Duration.ofDays(3652));
        store().update(image("before"), UpdateMask.all());
        Image ahead = store().create(image("ahead"));
        clock().advance(Duration.ofDays(-3652));
        clock().advance(Duration.ofMinutes(1));
        Instant now = TestClock.START.plus(Duration.ofMinutes(1));

        assertEquals(now, store().update(image("before"), UpdateMask.all()).updatedAt());
        assertEquals(now.plusNanos(1), store().create(image("after")).createdAt());
        Image updated = store().update(ahead, UpdateMask.all());
        assertEquals(ahead.createdAt(), updated.createdAt());
        assertEquals(now.plusNanos(2), updated.updatedAt());
    }
}
