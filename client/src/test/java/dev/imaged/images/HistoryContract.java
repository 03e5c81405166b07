package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.image;
import static dev.imaged.images.PastFixture.assertInvalidToken;
import static dev.imaged.images.PastFixture.assertOutOfRange;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the past of one name tells. */
interface HistoryContract extends PastFixture {
    private static List<Change.Kind> kinds(List<Change> changes) {
        return changes.stream().map(Change::kind).toList();
    }

    @Test
    default void theNewestChangeComesFirstAlsoAcrossADelete() {
        Image created = store().create(image("a"));
        store().create(image("b"));
        Image updated = store().update(image("a", Map.of("k", "v")), UpdateMask.all());
        store().delete("a");
        Image again = store().create(new Image("a", TARGET_B));
        long newest = now().position().revision();

        HistoryPage page = history().changes("a");

        assertTrue(page.isLast());
        assertFalse(page.isTruncated());
        assertEquals(
                List.of(Change.Kind.CREATE, Change.Kind.DELETE, Change.Kind.UPDATE, Change.Kind.CREATE),
                kinds(page.changes()));
        List<Image> after = new ArrayList<>();
        List<Image> before = new ArrayList<>();
        page.changes().forEach(change -> {
            after.add(change.after());
            before.add(change.before());
        });
        assertEquals(Arrays.asList(again, null, updated, created), after);
        assertEquals(Arrays.asList(null, updated, created, null), before);
        assertEquals(newest, page.changes().get(0).revision());
        for (int i = 0; i < 4; i++) {
            Change change = page.changes().get(i);
            assertEquals("a", change.name());
            assertEquals("contract", change.namespace());
            assertEquals(i == 3 ? 0 : page.changes().get(i + 1).revision(), change.previousRevision());
        }
        assertEquals(again.createdAt(), page.changes().get(0).time());
        assertEquals(updated.updatedAt(), page.changes().get(2).time());
    }

    @Test
    default void aDeletedNameHasAHistory() {
        store().create(image("a"));
        store().delete("a");

        assertEquals(
                List.of(Change.Kind.DELETE, Change.Kind.CREATE),
                kinds(history().changes("a").changes()));
    }

    @Test
    default void aNameThatNeverWasHasNoHistory() {
        store().create(image("a"));

        for (String name : List.of("b", "", "a\0")) {
            assertEquals(new HistoryPage(List.of(), "", false), history().changes(name));
        }
        assertEquals(
                List.of(),
                stores().history("elsewhere").orElseThrow().changes("a").changes());
    }

    @Test
    default void aCollectionIsInTheHistoryOfWhatItRemoves() {
        Map<String, String> expired = Map.of(GcLabels.EXPIRE, "2001-01-01T00:00:00Z");
        store().create(image("old", expired));
        stores().namespace("other").create(image("old", expired));
        store().create(image("a"));
        store().delete("a", DeleteOptions.collecting());

        for (String namespace : List.of("contract", "other")) {
            assertEquals(
                    List.of(Change.Kind.DELETE, Change.Kind.CREATE),
                    kinds(stores().history(namespace)
                            .orElseThrow()
                            .changes("old")
                            .changes()));
        }
    }

    @Test
    default void pagesOfAHistoryGoOnWhereTheLastEndedWhileOthersWrite() {
        store().create(image("a"));
        for (int i = 1; i <= 6; i++) {
            store().update(image("a", Map.of("i", "v" + i)), UpdateMask.all());
        }
        List<Change> all = history().changes("a").changes();
        assertEquals(7, all.size());

        for (int size = 1; size <= 8; size++) {
            HistoryPage page = history().changes("a", size, "");
            List<Change> paged = new ArrayList<>(page.changes());
            while (!page.isLast()) {
                assertEquals(size, page.changes().size());
                store().update(image("a"), UpdateMask.all());
                page = history().changes("a", size, page.nextToken());
                paged.addAll(page.changes());
            }
            assertEquals(all, paged);
            assertFalse(page.isTruncated());
            all = history().changes("a").changes();
        }
    }

    @Test
    default void aHistoryWhoseOldChangesAreDroppedIsTruncated() {
        store().create(image("kept"));
        store().create(image("changed"));
        store().create(image("deleted"));
        store().delete("deleted");
        dropChanges();
        Image changed = store().update(image("changed", Map.of("k", "v")), UpdateMask.all());

        HistoryPage page = history().changes("changed");
        assertEquals(1, page.changes().size());
        assertEquals(changed, page.changes().get(0).after());
        assertTrue(page.isTruncated());
        assertEquals(new HistoryPage(List.of(), "", true), history().changes("kept"));
        assertEquals(new HistoryPage(List.of(), "", false), history().changes("deleted"));
    }

    @Test
    default void aPageThatWasDroppedMeanwhileIsTruncated() {
        store().create(image("a"));
        store().update(image("a"), UpdateMask.all());
        HistoryPage first = history().changes("a", 1, "");
        assertFalse(first.isLast());
        assertFalse(first.isTruncated());
        dropChanges();

        assertEquals(new HistoryPage(List.of(), "", true), history().changes("a", 1, first.nextToken()));
    }

    @Test
    default void anImageIsReadAsItWasAroundEachCommit() {
        Image created = store().create(image("a"));
        long first = now().position().revision();
        store().create(image("b"));
        Image updated = store().update(image("a", Map.of("k", "v")), UpdateMask.all());
        long second = now().position().revision();
        store().delete("a");
        Image again = store().create(new Image("a", TARGET_B));
        long third = now().position().revision();

        assertEquals(new VersionedImage("contract", created, first, first), at(first));
        assertEquals(new VersionedImage("contract", created, first, first), at(second - 1));
        assertEquals(new VersionedImage("contract", updated, second, first), at(second));
        assertEquals(new VersionedImage("contract", again, third, third), at(third));
        assertEquals(at(third), history().get("a", AsOf.now()));
        assertEquals(created, history().get("a", AsOf.time(created.createdAt())).image());
        assertEquals(updated, history().get("a", AsOf.time(updated.updatedAt())).image());
        for (AsOf absent : List.of(
                AsOf.revision(0),
                AsOf.revision(first - 1),
                AsOf.revision(third - 1),
                AsOf.time(created.createdAt().minusNanos(1)),
                AsOf.time(Instant.EPOCH))) {
            assertFails(
                    NotFound.class, "image \"a\": not found", () -> history().get("a", absent));
        }
    }

    private VersionedImage at(long revision) {
        return history().get("a", AsOf.revision(revision));
    }

    @Test
    default void aDroppedOrFutureMomentOfAnImageIsRefused() {
        store().create(image("a"));
        long created = now().position().revision();
        dropChanges();
        long newest = now().position().revision();

        String oldest = assertOutOfRange("REVISION_DROPPED", () -> at(created))
                .details()
                .get("oldest");
        VersionedImage image = at(Position.parse(oldest).revision());
        assertEquals(created, image.revision());
        assertEquals(image, at(newest));
        assertOutOfRange("REVISION_AHEAD", () -> at(newest + 1));
        assertOutOfRange("REVISION_AHEAD", () -> at(Long.MAX_VALUE));
    }

    @Test
    default void aTokenOfAHistoryIsForItsName() {
        store().create(image("a"));
        store().update(image("a"), UpdateMask.all());
        String token = history().changes("a", 1, "").nextToken();

        PastFixture.forEachDamaged(
                token, damaged -> assertInvalidToken(() -> history().changes("a", 1, damaged)));
        assertInvalidToken(() -> history().changes("b", 1, token));
        History elsewhere = stores().history("elsewhere").orElseThrow();
        assertInvalidToken(() -> elsewhere.changes("a", 1, token));
        assertOutOfRange("OTHER_STORE", () -> history().changes("a", 1, PastFixture.ofAnotherStore(token)));
        store().create(image("b"));
        String ofAList =
                pages().page(PageOptions.first(ListOptions.DEFAULT).withSize(1)).nextToken();
        assertInvalidToken(() -> history().changes("a", 1, ofAList));
    }

    @Test
    default void whatCannotBeAskedOfAHistoryIsRefused() {
        assertThrows(InvalidArgument.class, () -> history().changes("a", -1, ""));
        assertThrows(InvalidArgument.class, () -> history().changes("\ud800", 0, ""));
        assertThrows(InvalidArgument.class, () -> history().get("\ud800", AsOf.now()));
    }
}
