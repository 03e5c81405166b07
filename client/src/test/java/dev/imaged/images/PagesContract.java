package dev.imaged.images;

import static dev.imaged.images.ContractFixture.image;
import static dev.imaged.images.PastFixture.assertInvalidToken;
import static dev.imaged.images.PastFixture.assertOutOfRange;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Lists in pages: each list is of one moment, whatever is written meanwhile. */
interface PagesContract extends PastFixture {
    private static List<String> names(List<VersionedImage> images) {
        return images.stream().map(found -> found.image().name()).toList();
    }

    /** Reads a page and all that follow it, and does something before each of these. */
    private List<VersionedImage> readAll(PageOptions first, Runnable meanwhile) {
        Page page = pages().page(first);
        Position position = page.position();
        List<VersionedImage> all = new ArrayList<>(page.images());
        while (!page.isLast()) {
            meanwhile.run();
            page = pages().page(first.after(page));
            assertEquals(position, page.position());
            all.addAll(page.images());
        }
        return all;
    }

    private List<VersionedImage> readAll(ListOptions list, int size) {
        return readAll(PageOptions.first(list).withSize(size), () -> {});
    }

    private void create(String... names) {
        List.of(names).forEach(name -> store().create(image(name)));
    }

    @Test
    default void aListInPagesIsTheList() {
        create("a", "b", "c", "d", "e");

        for (int size = 1; size <= 7; size++) {
            List<VersionedImage> all = readAll(ListOptions.DEFAULT, size);
            assertEquals(store().list(), all.stream().map(VersionedImage::image).toList());
        }
    }

    @Test
    default void aLabelValueIsNotTheStartOfAnother() {
        store().create(image("bar", Map.of("k", "a")));
        store().create(image("foo", Map.of("k", "a\0b")));
        store().create(image("zoo", Map.of("k", "a")));
        store().list(); // has a store that keeps images in memory read them

        ListOptions list = ListOptions.DEFAULT.withFilters(List.of("labels.k==a", "name==foo"));
        for (int size = 1; size <= 4; size++) {
            assertEquals(List.of("bar", "foo", "zoo"), names(readAll(list, size)));
        }
    }

    @Test
    default void aPageHasAtMostSoManyImagesAndOnlyTheLastHasNoToken() {
        create("a", "b", "c", "d");

        Page first = pages().page(PageOptions.first(ListOptions.DEFAULT).withSize(3));
        assertEquals(List.of("a", "b", "c"), names(first.images()));
        assertFalse(first.isLast());
        Page rest = pages().page(
                        PageOptions.first(ListOptions.DEFAULT).withSize(20_000).after(first));
        assertEquals(List.of("d"), names(rest.images()));
        assertTrue(rest.isLast());
    }

    @Test
    default void aNamespaceWithoutImagesIsOneEmptyPage() {
        Page page = now();

        assertEquals(List.of(), page.images());
        assertTrue(page.isLast());
        assertEquals(0, page.position().revision());
    }

    @Test
    default void anImageComesWithTheRevisionsOfItsCreationAndLastChange() {
        create("a", "b");
        long created = now().position().revision();
        store().update(image("b", Map.of("k", "v")), UpdateMask.labels());
        Page page = now();

        VersionedImage a = page.images().get(0);
        VersionedImage b = page.images().get(1);
        assertEquals("contract", a.namespace());
        assertEquals(a.createdRevision(), a.revision());
        assertEquals(created, b.createdRevision());
        assertEquals(page.position().revision(), b.revision());
        assertTrue(a.revision() < b.createdRevision());
        store().delete("a");
        create("a");
        VersionedImage again = now().images().get(0);
        assertEquals(now().position().revision(), again.createdRevision());
    }

    @Test
    default void allPagesAreOfOneRevisionWhileOthersWrite() {
        create("b", "d", "f", "h", "j", "l");
        List<VersionedImage> before = now().images();
        List<Runnable> writes = new ArrayList<>(List.of(
                () -> create("a", "c", "k"), // behind the page and before it
                () -> store().delete("f"),
                () -> store().update(new Image("h", Map.of("k", "v"), TARGET_B), UpdateMask.all()),
                () -> {
                    store().delete("j");
                    store().create(new Image("j", TARGET_B));
                    create("f");
                    store().delete("b");
                },
                () -> {
                    store().delete("l");
                    create("m", "z");
                }));

        List<VersionedImage> paged =
                readAll(PageOptions.first(ListOptions.DEFAULT).withSize(1), () -> {
                    if (!writes.isEmpty()) {
                        writes.remove(0).run();
                    }
                });

        assertEquals(before, paged);
        assertEquals(List.of(), writes);
        assertEquals(List.of("a", "c", "d", "f", "h", "j", "k", "m", "z"), names(now().images()));
    }

    @Test
    default void everyRevisionCanBeReadAsItWas() {
        Random random = new Random(7);
        String[] names = {"a", "a\0", "aa", "b", "é", "😀"};
        Map<Long, List<VersionedImage>> states = new TreeMap<>(Map.of(0L, List.of()));
        for (int i = 0; i < 60; i++) {
            String name = names[random.nextInt(names.length)];
            Image image =
                    new Image(name, Map.of("k", "v" + random.nextInt(3)), random.nextBoolean() ? TARGET_A : TARGET_B);
            if (store().find(name).isEmpty()) {
                store().create(image);
            } else if (random.nextBoolean()) {
                store().update(image, UpdateMask.all());
            } else {
                store().delete(name);
            }
            Page state = now();
            states.put(state.position().revision(), state.images());
        }
        assertEquals(61, states.size());

        ListOptions matching = ListOptions.DEFAULT.withFilters(List.of("labels.k==v1", "name~=a"));
        states.forEach((revision, images) -> {
            AsOf moment = AsOf.revision(revision);
            assertEquals(images, readAll(ListOptions.DEFAULT.asOf(moment), 2));
            try (Listing listing = pages().stream(ListOptions.DEFAULT.asOf(moment))) {
                assertEquals(revision, listing.position().revision());
                assertEquals(images, listing.stream().toList());
            }
            assertEquals(
                    images.stream()
                            .filter(found -> found.image().name().contains("a")
                                    || "v1".equals(found.image().labels().get("k")))
                            .toList(),
                    readAll(matching.asOf(moment), 2));
            images.forEach(
                    found -> assertEquals(found, history().get(found.image().name(), moment)));
        });
    }

    @Test
    default void aFilterSeesAnImageAsItWas() {
        store().create(image("a", Map.of("k", "then")));
        store().create(image("b", Map.of("k", "now")));
        AsOf then = AsOf.revision(now().position().revision());
        store().update(image("a", Map.of("k", "now")), UpdateMask.label("k"));
        store().delete("b");
        store().create(new Image("c", Map.of("k", "then"), TARGET_B));

        for (String filter : List.of("labels.k==then", "labels.k!=now", "labels.k~=\"^then$\"")) {
            ListOptions list = ListOptions.DEFAULT.withFilters(List.of(filter));
            assertEquals(List.of("a"), names(readAll(list.asOf(then), 1)), filter);
            assertEquals(List.of("c"), names(readAll(list, 1)), filter);
        }
        assertEquals(
                List.of("b"),
                names(readAll(
                        ListOptions.DEFAULT.withFilters(List.of("name==b")).asOf(then), 1)));
        assertEquals(
                List.of("a", "b"),
                names(readAll(
                        ListOptions.DEFAULT
                                .withFilters(List.of("target.digest==" + DIGEST_A))
                                .asOf(then),
                        1)));
    }

    @Test
    default void aTimeIsTheLastCommitThatWasNotLater() {
        create("a");
        Instant first = store().get("a").createdAt();
        clock().advance(Duration.ofSeconds(10));
        create("b");
        Instant second = store().get("b").createdAt();
        clock().advance(Duration.ofSeconds(10));
        store().delete("a");

        assertEquals(List.of(), namesAt(first.minusNanos(1)));
        assertEquals(List.of("a"), namesAt(first));
        assertEquals(List.of("a"), namesAt(second.minusNanos(1)));
        assertEquals(List.of("a", "b"), namesAt(second));
        assertEquals(List.of("a", "b"), namesAt(clock().instant().minusNanos(1)));
        assertEquals(List.of("b"), namesAt(clock().instant().plus(Duration.ofDays(1))));
        assertEquals(List.of(), namesAt(Instant.EPOCH));
        assertEquals(List.of(), namesAt(Instant.MIN));
        assertEquals(List.of("b"), namesAt(Instant.MAX));
    }

    private List<String> namesAt(Instant time) {
        return names(readAll(ListOptions.DEFAULT.asOf(AsOf.time(time)), 1));
    }

    @Test
    default void theFutureIsRefusedWithTheNewestPosition() {
        create("a");
        Position newest = now().position();
        AsOf future = AsOf.revision(newest.revision() + 1);

        for (PageOptions page : List.of(
                PageOptions.first(ListOptions.DEFAULT.asOf(future)),
                PageOptions.first(
                        ListOptions.DEFAULT.notBefore(new Position(newest.store(), newest.revision() + 1))))) {
            assertEquals(
                    newest.toString(),
                    assertOutOfRange("REVISION_AHEAD", () -> pages().page(page))
                            .details()
                            .get("newest"));
            assertOutOfRange("REVISION_AHEAD", () -> pages().stream(page.list()));
        }
        assertThrows(InvalidArgument.class, () -> AsOf.revision(-1));
    }

    @Test
    default void aListIsNotOlderThanItsCallerAsks() {
        create("a");
        ListOptions list = ListOptions.DEFAULT.notBefore(now().position());

        assertEquals(List.of("a"), names(readAll(list, 1)));
        assertOutOfRange(
                "OTHER_STORE",
                () -> pages().page(PageOptions.first(ListOptions.DEFAULT.notBefore(new Position("another", 0)))));
    }

    @Test
    default void aDroppedMomentIsRefusedWithTheOldestPosition() {
        create("a");
        Page then = now();
        Instant time = store().get("a").createdAt();
        clock().advance(Duration.ofSeconds(10));
        dropChanges();

        for (AsOf moment : List.of(
                AsOf.revision(then.position().revision()),
                AsOf.revision(0),
                AsOf.time(time),
                AsOf.time(Instant.EPOCH))) {
            ListOptions list = ListOptions.DEFAULT.asOf(moment);
            String oldest = assertOutOfRange("REVISION_DROPPED", () -> pages().page(PageOptions.first(list)))
                    .details()
                    .get("oldest");
            assertOutOfRange("REVISION_DROPPED", () -> pages().stream(list));
            long revision = Position.parse(oldest).revision();
            assertEquals(List.of("a"), names(readAll(ListOptions.DEFAULT.asOf(AsOf.revision(revision)), 1)));
            assertOutOfRange(
                    "REVISION_DROPPED", () -> readAll(ListOptions.DEFAULT.asOf(AsOf.revision(revision - 1)), 1));
        }
    }

    @Test
    default void aTokenThatOutlivesTheLogFailsOrGoesOnWithWhatIsNewer() {
        create("a", "b", "c");
        PageOptions options = PageOptions.first(ListOptions.DEFAULT).withSize(1);
        Page first = pages().page(options);
        store().delete("b");
        create("a0", "d");
        dropChanges();

        PageOptions second = options.after(first);
        assertOutOfRange("REVISION_DROPPED", () -> pages().page(second));
        Page newer = pages().page(second.allowingNewer());
        assertEquals(List.of("a0"), names(newer.images()));
        assertEquals(now().position(), newer.position());
        assertEquals(List.of("c", "d"), names(readAll(options.after(newer).withSize(1), () -> {})));
    }

    @Test
    default void aDamagedTokenIsRefused() {
        create("a", "b");
        PageOptions options = PageOptions.first(ListOptions.DEFAULT).withSize(1);
        String token = pages().page(options).nextToken();

        PastFixture.forEachDamaged(
                token,
                damaged -> assertInvalidToken(
                        () -> pages().page(new PageOptions(ListOptions.DEFAULT, 1, damaged, false))));
    }

    @Test
    default void aTokenIsForTheListThatItCameFrom() {
        create("a", "b");
        ListOptions list = ListOptions.DEFAULT.withFilters(List.of("name!=Aa"));
        String token = pages().page(PageOptions.first(list).withSize(1)).nextToken();
        AsOf now = AsOf.revision(now().position().revision());

        for (ListOptions other : List.of(
                ListOptions.DEFAULT,
                ListOptions.DEFAULT.withFilters(List.of("name!=BB")), // its text has the same hash in Java
                ListOptions.DEFAULT.withFilters(List.of("name!=Aa", "name!=Aa")),
                list.asOf(now),
                list.asOf(AsOf.time(Instant.EPOCH)),
                list.withFields(ImageField.LABELS))) {
            assertInvalidToken(() -> pages().page(new PageOptions(other, 1, token, false)));
        }
        Pages elsewhere = stores().pages("elsewhere").orElseThrow();
        assertInvalidToken(() -> elsewhere.page(new PageOptions(list, 1, token, false)));
        String foreign = PastFixture.ofAnotherStore(token);
        assertOutOfRange("OTHER_STORE", () -> pages().page(new PageOptions(list, 1, foreign, true)));
        assertEquals(
                List.of("b"),
                names(pages().page(new PageOptions(list, 9, token, true)).images()));
    }

    @Test
    default void aNegativeSizeIsRefused() {
        for (int size : new int[] {-1, Integer.MIN_VALUE}) {
            InvalidArgument error = assertThrows(
                    InvalidArgument.class,
                    () -> pages().page(PageOptions.first(ListOptions.DEFAULT).withSize(size)));
            assertTrue(String.valueOf(error.getMessage()).startsWith("page_size " + size), error::getMessage);
        }
    }

    @Test
    default void fieldsThatNobodyAsksForAreEmpty() {
        Image stored = store().create(image("a", Map.of("k", "v")));
        ListOptions list = ListOptions.DEFAULT.withFilters(List.of("labels.k==v"));

        assertEquals(
                new Image("a", Map.of("k", "v"), Descriptor.EMPTY, Instant.EPOCH, stored.updatedAt()),
                only(list.withFields(ImageField.LABELS, ImageField.UPDATED_AT)));
        assertEquals(
                new Image("a", Map.of(), TARGET_A, stored.createdAt(), Instant.EPOCH),
                only(list.withFields(ImageField.TARGET, ImageField.CREATED_AT)));
        assertEquals(new Image("a", Descriptor.EMPTY), only(list.withFields(ImageField.NAME)));
    }

    private Image only(ListOptions list) {
        List<VersionedImage> images = readAll(list, 1);
        try (Listing listing = pages().stream(list)) {
            assertEquals(images, listing.stream().toList());
        }
        assertEquals(1, images.size());
        return images.get(0).image();
    }

    @Test
    default void whatCannotBeAskedIsRefused() {
        ListOptions wrong = ListOptions.DEFAULT.withFilters(List.of("name=="));
        assertThrows(InvalidArgument.class, () -> pages().page(PageOptions.first(wrong)));
        assertThrows(InvalidArgument.class, () -> pages().stream(wrong));
        ListOptions halved = ListOptions.DEFAULT.withFilters(List.of("name==\ud800"));
        assertThrows(InvalidArgument.class, () -> pages().page(PageOptions.first(halved)));
        assertThrows(InvalidArgument.class, () -> pages().stream(halved));
        assertThrows(FailedPrecondition.class, () -> stores().pages(""));
        assertThrows(InvalidArgument.class, () -> stores().pages("a..b"));
    }
}
