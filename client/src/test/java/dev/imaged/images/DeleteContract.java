package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.NotFound;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a delete removes, and when it does not. */
interface DeleteContract extends ContractFixture {
    @Test
    default void whatIsDeletedIsGone() {
        store().create(image("a", Map.of("x", "1")));
        store().create(image("ab", Map.of("x", "1")));

        store().delete("a");

        assertThrows(NotFound.class, () -> store().get("a"));
        assertNames(store().list(), "ab");
        assertFails(NotFound.class, "image \"a\": not found", () -> store().delete("a"));
    }

    @Test
    default void anEmptyNameIsNotFound() {
        assertThrows(NotFound.class, () -> store().get(""));
        assertThrows(NotFound.class, () -> store().delete(""));
        store().create(image("a"));
        store().delete("a");
        assertThrows(NotFound.class, () -> store().delete(""));
        assertThrows(NotFound.class, () -> store().delete("", DeleteOptions.ifTarget(DIGEST_A)));
    }

    @Test
    default void aDeleteIfTheTargetIsAnotherIsNotFoundAndKeepsTheImage() {
        store().create(image("a"));

        assertFails(
                NotFound.class,
                "image \"a\" has target " + DIGEST_A + ", not junk: not found",
                () -> store().delete("a", DeleteOptions.ifTarget("junk")));
        assertNames(store().list(), "a");

        store().delete("a", DeleteOptions.ifTarget(DIGEST_A));
        assertNames(store().list());
    }

    @Test
    default void aDeleteWithoutATargetDigestTakesAny() {
        store().create(image("a"));

        store().delete("a", DeleteOptions.ifTarget(""));

        assertNames(store().list());
    }

    @Test
    default void aRecreatedImageHasNothingOfTheOldOne() {
        store().create(new Image("a", Map.of("x", "1"), TARGET_A.withAnnotations(Map.of("y", "2"))));
        store().delete("a");
        clock().advance(Duration.ofSeconds(1));

        Image recreated = store().create(new Image("a", TARGET_B));

        assertEquals(Map.of(), recreated.labels());
        assertEquals(TARGET_B, recreated.target());
        assertEquals(TestClock.START.plusSeconds(1), recreated.createdAt());
        assertNames(store().list("labels.x".lines().toList()));
    }

    @Test
    default void aCollectionRemovesWhatHasExpiredInAllNamespaces() {
        ImageStore other = stores().namespace("other");
        store().create(image("trigger"));
        store().create(image("expired", Map.of(GcLabels.EXPIRE, "2026-08-01T11:59:59Z")));
        store().create(image("expires later", Map.of(GcLabels.EXPIRE, "2026-08-01T13:00:00+00:00")));
        store().create(image("malformed", Map.of(GcLabels.EXPIRE, "yesterday")));
        store().create(image("without seconds", Map.of(GcLabels.EXPIRE, "2026-08-01T11:59Z")));
        store().create(image("long fraction", Map.of(GcLabels.EXPIRE, "2026-08-01T11:59:59.1234567891Z")));
        other.create(image("expired", Map.of(GcLabels.EXPIRE, "2026-08-01T13:00:00+02:00")));
        assertNames(
                store().list(), "expired", "expires later", "long fraction", "malformed", "trigger", "without seconds");

        store().delete("trigger", DeleteOptions.collecting());

        assertNames(store().list(), "expires later", "malformed", "without seconds");
        assertNames(other.list());
    }
}
