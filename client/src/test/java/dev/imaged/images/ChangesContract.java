package dev.imaged.images;

import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a watch tells of changes. */
interface ChangesContract extends PastFixture {
    WatchOptions HERE = WatchOptions.namespace("contract");

    private Follower follow(WatchOptions options) {
        return new Follower(stores(), options);
    }

    /** Returns the position before all changes. */
    private Position origin() {
        return new Position(newest().store(), 0);
    }

    /** Returns the position of the last commit. */
    private Position newest() {
        try (Follower follower = follow(HERE)) {
            return follower.event().position();
        }
    }

    /** Returns changes as texts. */
    private static List<String> texts(List<WatchedChange> changes) {
        return changes.stream()
                .map(change -> change.match() + " " + change.kind() + " " + change.namespace() + "/" + change.name())
                .toList();
    }

    @Test
    default void aWatchStartsNowAndSaysWhereThatIs() {
        store().create(image("before"));
        try (Follower follower = follow(HERE)) {
            WatchEvent.Progress first = assertInstanceOf(WatchEvent.Progress.class, follower.event());
            assertEquals(first.position(), follower.position());

            store().create(image("a"));

            assertEquals(List.of("ENTERED CREATE contract/a"), texts(follower.changes(1)));
            assertTrue(follower.position().revision() > first.position().revision());
        }
    }

    @Test
    default void aChangeHasTheImageBeforeAndAfterAndItsCommit() {
        try (Follower follower = follow(HERE)) {
            follower.event();
            Image created = store().create(image("a", Map.of("k", "v")));
            clock().advance(Duration.ofMinutes(1));
            Image updated = store().update(new Image("a", TARGET_B), UpdateMask.all());
            clock().advance(Duration.ofMinutes(1));
            store().delete("a");

            List<Change> changes =
                    follower.changes(3).stream().map(WatchedChange::change).toList();
            Change first = assertInstanceOf(Change.Created.class, changes.get(0));
            Change second = assertInstanceOf(Change.Updated.class, changes.get(1));
            Change third = assertInstanceOf(Change.Deleted.class, changes.get(2));
            assertNull(first.before());
            assertEquals(created, first.after());
            assertEquals(created.createdAt(), first.time());
            assertEquals(created, second.before());
            assertEquals(updated, second.after());
            assertEquals(first.revision(), second.previousRevision());
            assertEquals(updated, third.before());
            assertNull(third.after());
            assertEquals(second.revision(), third.previousRevision());
            assertEquals(TestClock.START.plus(Duration.ofMinutes(2)), third.time());
        }
    }

    @Test
    default void withoutTheImageBeforeAChangeStillSaysWhatItMeans() {
        store().create(image("a", Map.of("k", "v")));
        try (Follower follower = follow(HERE.filters(List.of("labels.k")).withoutBefore())) {
            follower.event();
            store().update(image("a", Map.of("k", "w")), UpdateMask.all());
            store().update(image("a"), UpdateMask.all());

            List<WatchedChange> changes = follower.changes(2);
            assertEquals(List.of("STAYED UPDATE contract/a", "LEFT UPDATE contract/a"), texts(changes));
            assertNull(changes.get(0).before());
            assertNull(changes.get(1).before());
            assertEquals(Map.of(), changes.get(1).after().labels());
        }
    }

    @Test
    default void anImageEntersStaysInAndLeavesTheFilters() {
        try (Follower follower = follow(HERE.filters(List.of("labels.env==prod")))) {
            follower.event();
            store().create(image("a", Map.of("env", "test")));
            store().update(image("a", Map.of("env", "prod")), UpdateMask.all());
            store().update(image("a", Map.of("env", "prod", "k", "v")), UpdateMask.all());
            store().update(image("a", Map.of("env", "test")), UpdateMask.all());
            store().update(image("a", Map.of("env", "test", "k", "v")), UpdateMask.all());
            store().update(image("a", Map.of("env", "prod")), UpdateMask.all());
            store().delete("a");
            store().create(image("b", Map.of("env", "prod")));

            assertEquals(
                    List.of(
                            "ENTERED UPDATE contract/a",
                            "STAYED UPDATE contract/a",
                            "LEFT UPDATE contract/a",
                            "ENTERED UPDATE contract/a",
                            "LEFT DELETE contract/a",
                            "ENTERED CREATE contract/b"),
                    texts(follower.changes(6)));
        }
    }

    @Test
    default void aWatchOfNamesSeesThoseOnly() {
        try (Follower follower = follow(HERE.filters(List.of("name==a", "name==c,labels.k==v")))) {
            follower.event();
            for (String name : List.of("a", "b", "c", "ab")) {
                store().create(image(name));
            }
            store().update(image("c", Map.of("k", "v")), UpdateMask.all());
            store().delete("a");

            assertEquals(
                    List.of("ENTERED CREATE contract/a", "ENTERED UPDATE contract/c", "LEFT DELETE contract/a"),
                    texts(follower.changes(3)));
        }
    }

    /** Together the images are larger than a message of a watch. */
    @Test
    default void aCommitOfSeveralChangesComesAsAWhole() {
        Map<String, String> filler = Map.of("filler", "x".repeat(100_000));
        store().create(image("kept"));
        try (Follower follower = follow(HERE.filters(List.of("name!=b")))) {
            follower.event();
            Applied applied = stores().transactions("contract")
                    .orElseThrow()
                    .apply(Apply.of(
                            Operation.create(new Image("c", TARGET_A.withAnnotations(filler))),
                            Operation.create(image("b")),
                            Operation.create(new Image("a", TARGET_A.withAnnotations(filler))),
                            Operation.create(new Image("d", TARGET_A.withAnnotations(filler))),
                            Operation.delete("kept")));

            WatchEvent.Changed event = assertInstanceOf(
                    WatchEvent.Changed.class, follower.eventAfterProgress(WatchEvent.Changed.class::isInstance));

            assertEquals(List.of("a", "c", "d", "kept"), names(event.changes()));
            assertEquals(applied.position(), event.position());
            assertTrue(event.changes().stream()
                    .allMatch(change ->
                            change.change().revision() == applied.position().revision()));
        }
    }

    @Test
    default void aWatchGoesOnBehindAnyPosition() {
        Position origin = origin();
        IntStream.range(0, 20).forEach(i -> store().create(image("n" + i)));
        List<WatchedChange> all;
        try (Follower follower = follow(HERE.after(origin))) {
            all = follower.changes(20);
        }
        assertEquals(IntStream.range(0, 20).mapToObj(i -> "n" + i).toList(), names(all));

        store().create(image("last"));
        for (int i = 0; i < 20; i++) {
            Position behind = new Position(origin.store(), all.get(i).change().revision());
            try (Follower follower = follow(HERE.after(behind))) {
                List<String> rest = new ArrayList<>(names(all).subList(i + 1, 20));
                rest.add("last");
                assertEquals(rest, names(follower.changes(20 - i)));
            }
        }
    }

    private static List<String> names(List<WatchedChange> changes) {
        return changes.stream().map(WatchedChange::name).toList();
    }

    @Test
    default void aSnapshotHasWhatMatchesAndWhatFollowsComesAsChanges() {
        Image a = store().create(image("a", Map.of("k", "v")));
        store().create(image("b"));
        Image c = store().create(image("c", Map.of("k", "w")));
        store().create(image("gone", Map.of("k", "v")));
        store().delete("gone");
        stores().namespace("other").create(image("a", Map.of("k", "v")));
        try (Follower follower = follow(HERE.filters(List.of("labels.k")).withSnapshot())) {
            List<VersionedImage> images = follower.snapshot();
            assertEquals(
                    List.of(a, c), images.stream().map(VersionedImage::image).toList());
            assertTrue(images.stream().allMatch(found -> found.namespace().equals("contract")));
            assertTrue(follower.position().revision() >= images.get(1).revision());

            store().update(image("b", Map.of("k", "v")), UpdateMask.all());

            assertEquals(List.of("ENTERED UPDATE contract/b"), texts(follower.changes(1)));
        }
    }

    @Test
    default void anEmptySnapshotIsWholeToo() {
        for (WatchOptions options : List.of(HERE, WatchOptions.allNamespaces())) {
            try (Follower follower = follow(options.withSnapshot())) {
                assertEquals(new WatchEvent.Snapshot(List.of(), true), follower.event());
                assertNull(follower.position());
                WatchEvent.Synced synced = assertInstanceOf(WatchEvent.Synced.class, follower.event());
                assertEquals(synced.position(), follower.position());
            }
        }
    }

    @Test
    default void aWatchOfSomeNamespacesSeesThoseOnly() {
        try (Follower follower = follow(WatchOptions.namespaces(List.of("x", "y")))) {
            follower.event();
            for (String namespace : List.of("x", "y", "z", "xy")) {
                stores().namespace(namespace).create(image("a"));
            }
            stores().namespace("x").delete("a");

            assertEquals(
                    List.of("ENTERED CREATE x/a", "ENTERED CREATE y/a", "LEFT DELETE x/a"), texts(follower.changes(3)));
        }
    }

    @Test
    default void aWatchOfAllNamespacesSeesThoseThatComeAndGo() {
        stores().namespace("old").create(image("a"));
        try (Follower follower = follow(WatchOptions.allNamespaces().withSnapshot())) {
            assertEquals(1, follower.snapshot().size());
            stores().namespace("new").create(image("a"));
            stores().namespace("old").delete("a");
            stores().namespace("new").delete("a");
            stores().namespace("old").create(image("b"));

            assertEquals(
                    List.of("ENTERED CREATE new/a", "LEFT DELETE old/a", "LEFT DELETE new/a", "ENTERED CREATE old/b"),
                    texts(follower.changes(4)));
        }
    }

    @Test
    default void progressComesWithoutChangesAndSaysHowFarItIs() {
        try (Follower follower = follow(HERE.progressInterval(Duration.ofMillis(1)))) {
            Position first = follower.event().position();
            stores().namespace("other").create(image("a"));
            Position later = newest();
            assertTrue(later.revision() > first.revision());

            WatchEvent event = follower.eventAfterProgress(told -> later.equals(told.position()));

            assertInstanceOf(WatchEvent.Progress.class, event);
        }
    }

    @Test
    default void aPositionOfAnotherStoreIsRefused() {
        store().create(image("a"));

        OutOfRange refused = assertThrows(OutOfRange.class, () -> firstEvent(HERE.after(new Position("another", 0))));

        assertEquals("OTHER_STORE", refused.reason());
        assertEquals(Map.of("store", newest().store()), refused.details());
    }

    @Test
    default void aPositionOfTheFutureIsRefused() {
        store().create(image("a"));
        Position now = newest();

        OutOfRange refused = assertThrows(
                OutOfRange.class, () -> firstEvent(HERE.after(new Position(now.store(), now.revision() + 1))));

        assertEquals("REVISION_AHEAD", refused.reason());
        assertEquals(Map.of("newest", now.toString()), refused.details());
    }

    @Test
    default void aPositionThatIsNotKeptIsRefusedAndTheOldestWorks() {
        Position origin = origin();
        dropChanges();

        OutOfRange refused = assertThrows(OutOfRange.class, () -> firstEvent(HERE.after(origin)));

        assertEquals("REVISION_DROPPED", refused.reason());
        Position oldest = Position.parse(refused.details().get("oldest"));
        try (Follower follower = follow(WatchOptions.allNamespaces().after(oldest))) {
            assertEquals(
                    oldest.revision() + 1, follower.changes(1).get(0).change().revision());
        }
        Position before = new Position(oldest.store(), oldest.revision() - 1);
        assertThrows(OutOfRange.class, () -> firstEvent(HERE.after(before)));
    }

    private WatchEvent firstEvent(WatchOptions options) {
        try (Follower follower = follow(options)) {
            return follower.event();
        }
    }

    @Test
    default void aWatchThatRestartsBeginsALostPositionWithASnapshot() {
        Image a = store().create(image("a"));
        try (Follower follower = follow(HERE.after(new Position("another", 7)).restarting())) {
            assertEquals(
                    List.of(a),
                    follower.snapshot().stream().map(VersionedImage::image).toList());
            store().create(image("b"));

            assertEquals(List.of("ENTERED CREATE contract/b"), texts(follower.changes(1)));
        }
    }

    @Test
    default void namespacesAndFiltersThatBreakARuleAreRefused() {
        assertThrows(InvalidArgument.class, () -> firstEvent(WatchOptions.namespace("a b")));
        InvalidArgument refused =
                assertThrows(InvalidArgument.class, () -> firstEvent(HERE.filters(List.of("name=="))));
        assertTrue(refused.getMessage().startsWith("filters:"), refused.getMessage());
    }

    @Test
    default void closingEndsAWait() throws Exception {
        Follower follower = follow(HERE);
        follower.event();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(follower.watch()::hasNext);

        follower.close();

        assertFalse(waiting.get(30, TimeUnit.SECONDS));
        assertFalse(follower.watch().hasNext());
    }

    @Test
    default void closingTheStoresEndsAWatchWithAnError() throws Exception {
        Follower follower = follow(HERE);
        follower.event();
        CompletableFuture<ImageException> waiting = CompletableFuture.supplyAsync(
                () -> assertThrows(ImageException.class, () -> follower.watch().hasNext()));

        stores().close();

        assertInstanceOf(Unavailable.class, waiting.get(30, TimeUnit.SECONDS));
        follower.close();
    }

    /** A commit, by its revision, and what it did. */
    record Seen(long revision, Change.Kind kind, String name) {}

    @Test
    default void watchesThatReconnectAtRandomSeeEachCommitOnceAndInOrder() throws Exception {
        Position origin = origin();
        List<CompletableFuture<List<Seen>>> followers = IntStream.range(0, 4)
                .mapToObj(seed -> CompletableFuture.supplyAsync(() -> history(origin, new Random(seed))))
                .toList();
        List<CompletableFuture<Void>> writers = IntStream.range(0, 3)
                .mapToObj(writer -> CompletableFuture.runAsync(() -> write(writer)))
                .toList();
        for (CompletableFuture<Void> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }
        store().create(image("the end"));

        List<Seen> all;
        try (Follower follower = follow(HERE.after(origin))) {
            all = follower.changes(3 * 24 + 1).stream()
                    .map(ChangesContract::seen)
                    .toList();
        }
        assertEquals(all.stream().map(Seen::revision).sorted().distinct().toList(), revisions(all));
        for (CompletableFuture<List<Seen>> follower : followers) {
            assertEquals(all, follower.get(60, TimeUnit.SECONDS));
        }
    }

    private static List<Long> revisions(List<Seen> seen) {
        return seen.stream().map(Seen::revision).toList();
    }

    private static Seen seen(WatchedChange change) {
        return new Seen(change.change().revision(), change.kind(), change.name());
    }

    private void write(int writer) {
        for (int i = 0; i < 8; i++) {
            String name = "w" + writer + " " + i % 3;
            store().create(image(name));
            store().update(new Image(name, TARGET_B), UpdateMask.target());
            store().delete(name);
        }
    }

    private List<Seen> history(Position origin, Random random) {
        List<Seen> history = new ArrayList<>();
        Position position = origin;
        while (history.isEmpty() || !history.get(history.size() - 1).name().equals("the end")) {
            try (Follower follower = follow(HERE.after(position))) {
                for (int events = 1 + random.nextInt(4); events > 0; events--) {
                    WatchEvent event = follower.event();
                    if (event instanceof WatchEvent.Changed changed) {
                        changed.changes().forEach(change -> history.add(seen(change)));
                    }
                    position = follower.position();
                    boolean isDone = !history.isEmpty()
                            && history.get(history.size() - 1).name().equals("the end");
                    events = isDone ? 0 : events;
                }
            }
        }
        return history;
    }
}
