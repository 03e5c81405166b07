package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Lists as streams, which are read while they arrive. */
interface StreamContract extends PastFixture {
    @Test
    default void aStreamIsTheList() {
        store().create(image("b"));
        store().create(image("a", Map.of("k", "v")));

        assertNames(store().stream().toList(), "a", "b");
        assertEquals(store().list(), store().stream(List.of()).toList());
        assertNames(store().stream(List.of("labels.k==v", "name==x")).toList(), "a");
        assertThrows(InvalidArgument.class, () -> store().stream(List.of("name==")));
    }

    @Test
    default void aStreamOfNothingHasAPosition() {
        try (Listing listing = pages().stream(ListOptions.DEFAULT)) {
            assertEquals(now().position(), listing.position());
            assertFalse(listing.hasNext());
            assertThrows(NoSuchElementException.class, listing::next);
        }
    }

    @Test
    default void aStreamIsOfOneRevisionWhileOthersWrite() {
        createLarge();
        List<Image> before = store().list();
        Position position = now().position();

        try (Listing listing = pages().stream(ListOptions.DEFAULT)) {
            List<Image> read = new ArrayList<>();
            read.add(listing.next().image());
            store().create(image("a"));
            store().create(image("n5985"));
            store().create(image("z"));
            store().delete("n597");
            store().update(image("n598"), UpdateMask.all());
            store().delete("n599");
            store().create(new Image("n599", TARGET_B));
            listing.forEachRemaining(found -> read.add(found.image()));
            assertEquals(before, read);
            assertEquals(position, listing.position());
        }
    }

    @Test
    default void aStreamThatIsClosedHasEnded() {
        createLarge();

        Listing listing = pages().stream(ListOptions.DEFAULT);
        assertEquals("n000", listing.next().image().name());
        listing.close();
        try (Stream<Image> images = store().stream()) {
            assertEquals(
                    List.of("n000", "n001"), images.limit(2).map(Image::name).toList());
        }
        assertEquals(600, store().list().size());
    }

    @Test
    default void aStreamThatNobodyReadsKeepsNobodyWaiting() {
        createLarge();
        List<Listing> unread = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            unread.add(pages().stream(ListOptions.DEFAULT));
        }

        assertEquals(600, store().list().size());
        assertEquals(600, store().stream().count());
        store().create(image("a"));
        for (Listing listing : unread) {
            assertEquals(600, listing.stream().count());
        }
    }

    @Test
    default void anImageIsFoundOrNot() {
        Image stored = store().create(image("a"));

        assertEquals(Optional.of(stored), store().find("a"));
        assertEquals(Optional.empty(), store().find("b"));
    }
}
