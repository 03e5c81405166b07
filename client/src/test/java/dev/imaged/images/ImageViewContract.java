package dev.imaged.images;

import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.errors.ImageException.DeadlineExceeded;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.ImageView.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a view of images shows. */
interface ImageViewContract extends PastFixture {
    WatchOptions OF_CONTRACT = WatchOptions.namespace("contract");
    Duration PATIENCE = Duration.ofSeconds(60);

    private ImageView open(WatchOptions options) {
        ImageView view = ImageView.open(stores(), options, clock());
        view.awaitLive(PATIENCE);
        return view;
    }

    @Test
    default void aViewHasTheImagesThatThereAreAndFollowsTheirChanges() {
        Image a = store().create(image("a"));
        store().create(image("b"));
        try (ImageView view = open(OF_CONTRACT)) {
            assertEquals(Optional.of(a), view.get("a"));
            assertEquals(2, view.size());
            assertEquals(store().list(), images(view));

            Image moved = store().update(new Image("a", TARGET_B), UpdateMask.target());
            store().delete("b");
            store().create(image("c"));
            awaitTheEnd(view);

            assertEquals(Optional.of(moved), view.get("a"));
            assertEquals(Optional.empty(), view.get("b"));
            assertEquals(store().list(), images(view));
            assertEquals(now().images(), view.images().list());
            assertEquals(now().position(), view.position());
            assertEquals(State.LIVE, view.state());
        }
    }

    private static List<Image> images(ImageView view) {
        return view.images().list().stream().map(VersionedImage::image).toList();
    }

    /** Waits until a view has all that was written so far. */
    private void awaitTheEnd(ImageView view) {
        CountDownLatch seen = new CountDownLatch(1);
        Runnable remove = view.onChange(change -> {
            if (change.name().equals("the end")) {
                seen.countDown();
            }
        });
        store().create(image("the end"));
        await(seen);
        remove.run();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS), "waited for a minute");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    default void anImageIsFoundByTheDigestOfItsTarget() {
        Image a = store().create(image("a"));
        store().create(new Image("b", TARGET_B));
        Image c = store().create(image("c"));
        try (ImageView view = open(OF_CONTRACT)) {
            assertEquals(List.of(a, c), view.byDigest(DIGEST_A));
            store().update(new Image("a", TARGET_B), UpdateMask.target());
            store().delete("c");
            awaitTheEnd(view);

            assertEquals(List.of("the end"), names(view.byDigest(DIGEST_A)));
            assertEquals(List.of("a", "b"), names(view.byDigest(DIGEST_B)));
            assertEquals(List.of(), view.byDigest("sha256:" + "c".repeat(64)));
        }
    }

    private static List<String> names(List<Image> images) {
        return images.stream().map(Image::name).toList();
    }

    @Test
    default void aViewOfFiltersHasWhatEntersAndLosesWhatLeaves() {
        store().create(image("a", Map.of("team", "web")));
        store().create(image("b"));
        try (ImageView view = open(OF_CONTRACT.filters(List.of("labels.team==web")));
                TestListener listener = new TestListener(view)) {
            assertEquals(1, view.size());
            store().update(image("b", Map.of("team", "web")), UpdateMask.all());
            store().update(image("a"), UpdateMask.all());
            store().update(image("a", Map.of("k", "v")), UpdateMask.all());
            store().update(image("b", Map.of("team", "web", "k", "v")), UpdateMask.all());
            store().delete("b");

            List<ViewChange> changes = listener.changes(4);
            assertEquals(List.of("CREATE b", "DELETE a", "UPDATE b", "DELETE b"), TestListener.texts(changes));
            assertEquals(Map.of("team", "web"), changes.get(1).before().image().labels());
            assertNull(changes.get(1).after());
            assertEquals(WatchedChange.Match.LEFT, changes.get(1).told().match());
            assertEquals(changes.get(0).after(), changes.get(2).before());
            assertEquals(changes.get(2).after(), changes.get(3).before());
            assertEquals(0, view.size());
        }
    }

    @Test
    default void aViewOfAllNamespacesTellsThemApart() {
        stores().namespace("x").create(image("a"));
        store().create(image("a"));
        try (ImageView view = open(WatchOptions.allNamespaces())) {
            assertEquals(
                    List.of("contract", "x"),
                    view.images().byDigest(DIGEST_A).stream()
                            .map(VersionedImage::namespace)
                            .toList());
            stores().namespace("x").delete("a");
            stores().namespace("y").create(image("b"));
            awaitTheEnd(view);

            assertEquals(Optional.empty(), view.images().find("x", "a"));
            assertTrue(view.images().find("y", "b").isPresent());
            assertThrows(IllegalStateException.class, () -> view.get("a"));
        }
    }

    @Test
    default void aCommitOfSeveralImagesIsSeenAsAWhole() {
        store().create(image("a"));
        store().create(image("b"));
        try (ImageView view = open(OF_CONTRACT)) {
            CompletableFuture<Position> writer = CompletableFuture.supplyAsync(() -> {
                Transactions transactions = stores().transactions("contract").orElseThrow();
                Position last = null;
                for (int i = 0; i < 50; i++) {
                    Image[] both = {
                        new Image("a", i % 2 == 0 ? TARGET_B : TARGET_A),
                        new Image("b", i % 2 == 0 ? TARGET_B : TARGET_A)
                    };
                    last = transactions
                            .apply(Apply.of(Operation.put(both[0]), Operation.put(both[1])))
                            .position();
                }
                return last;
            });
            ViewedImages images = view.images();
            while (!writer.isDone()
                    || images.position().revision() < writer.join().revision()) {
                images = view.images();
                String digest = images.find("contract", "a")
                        .orElseThrow()
                        .image()
                        .target()
                        .digest();
                assertEquals(2, images.byDigest(digest).size());
            }
            assertEquals(2, images.byDigest(DIGEST_A).size(), "the last commit");
        }
    }

    @Test
    default void aListenerThatThrowsStopsNeitherTheViewNorTheOthers() {
        try (ImageView view = open(OF_CONTRACT)) {
            view.onChange(change -> {
                throw new IllegalStateException("from a test");
            });
            view.onChange(change -> {
                throw new AssertionError("from a test");
            });
            try (TestListener listener = new TestListener(view)) {
                store().create(image("a"));
                store().create(image("b"));

                assertEquals(List.of("CREATE a", "CREATE b"), TestListener.texts(listener.changes(2)));
                assertEquals(State.LIVE, view.state());
            }
        }
    }

    @Test
    default void aListenerMayCloseTheViewAndIsNotCalledAgain() throws Exception {
        ImageView view = open(OF_CONTRACT);
        List<String> told = new CopyOnWriteArrayList<>();
        view.onChange(change -> {
            told.add(change.name());
            view.close();
        });
        view.onChange(change -> told.add("a listener of a closed view"));
        store().create(image("a"));
        store().create(image("b"));

        view.ended().get(60, TimeUnit.SECONDS);
        try (ImageView later = open(OF_CONTRACT)) {
            awaitTheEnd(later);
        }
        assertEquals(List.of("a"), told);
        assertEquals(State.CLOSED, view.state());
        assertTrue(view.get("a").isPresent());
        assertThrows(Cancelled.class, () -> view.awaitLive(PATIENCE));
    }

    @Test
    default void aListenerThatIsRemovedIsNotCalled() {
        try (ImageView view = open(OF_CONTRACT)) {
            List<String> told = new CopyOnWriteArrayList<>();
            Runnable remove = view.onChange(change -> told.add(change.name()));
            awaitTheEnd(view);
            remove.run();
            store().delete("the end");
            awaitTheEnd(view);

            assertEquals(List.of("the end"), told);
        }
    }

    /** While its listener blocks, the view reads nothing; when it goes on, its position may be gone, and deletes are found by comparison. */
    @Test
    default void aViewThatTheLogIsCutPastHasAllInTheEndAndItsListenersToo() {
        for (String name : List.of("deleted", "moved", "kept")) {
            store().create(image(name));
        }
        try (ImageView view = open(OF_CONTRACT)) {
            CountDownLatch blocked = new CountDownLatch(1);
            CountDownLatch goesOn = new CountDownLatch(1);
            view.onChange(change -> {
                blocked.countDown();
                await(goesOn);
            });
            TestListener listener = new TestListener(view);
            store().create(image("first"));
            await(blocked);
            for (int i = 0; i < 150; i++) {
                store().update(image("kept", Map.of("i", "" + i)), UpdateMask.all());
            }
            store().delete("deleted");
            store().update(new Image("moved", TARGET_B), UpdateMask.target());
            store().create(image("created"));
            dropChanges();
            goesOn.countDown();
            awaitTheEnd(view);

            assertEquals(now().images().stream().map(VersionedImage::image).toList(), images(view));
            assertEquals(DIGEST_B, view.get("moved").orElseThrow().target().digest());
            assertEquals(view.images().list(), List.copyOf(new TreeMap<>(listener.followed()).values()));
        }
    }

    @Test
    default void listenersThatFollowAViewHaveTheSameImages() {
        Random random = new Random(11);
        try (ImageView view = open(OF_CONTRACT);
                TestListener listener = new TestListener(view)) {
            Map<String, Integer> model = new HashMap<>();
            for (int i = 0; i < 200; i++) {
                String name = "n" + random.nextInt(10);
                if (!model.containsKey(name)) {
                    store().create(image(name));
                    model.put(name, i);
                } else if (random.nextBoolean()) {
                    store().update(new Image(name, random.nextBoolean() ? TARGET_A : TARGET_B), UpdateMask.target());
                } else {
                    store().delete(name);
                    model.remove(name);
                }
            }
            awaitTheEnd(view);

            assertEquals(now().images(), view.images().list());
            assertEquals(view.images().list(), List.copyOf(new TreeMap<>(listener.followed()).values()));
        }
    }

    @Test
    default void aViewSaysHowOldItMayBe() {
        try (ImageView view = open(OF_CONTRACT.progressInterval(Duration.ofMinutes(5)))) {
            assertEquals(Duration.ZERO, view.lag());
            clock().advance(Duration.ofMinutes(9));
            assertEquals(Duration.ofMinutes(9), view.lag());
            assertEquals(State.LIVE, view.state());
            clock().advance(Duration.ofMinutes(2));
            assertEquals(State.BEHIND, view.state());
            DeadlineExceeded late = assertThrows(DeadlineExceeded.class, () -> view.awaitLive(Duration.ofMillis(1)));
            assertEquals("the view is not live after 1 ms: it is BEHIND", late.getMessage());

            awaitTheEnd(view);

            assertEquals(Duration.ZERO, view.lag());
            assertEquals(State.LIVE, view.state());
        }
    }

    @Test
    default void aViewThatCannotBeMadeFailsAndSaysWhy() {
        try (ImageView view = ImageView.open(stores(), OF_CONTRACT.filters(List.of("name==")), clock())) {
            InvalidArgument refused = assertThrows(InvalidArgument.class, () -> view.awaitLive(PATIENCE));

            assertTrue(refused.getMessage().startsWith("filters:"), refused.getMessage());
            assertEquals(State.FAILED, view.state());
            ExecutionException ended =
                    assertThrows(ExecutionException.class, () -> view.ended().get(60, TimeUnit.SECONDS));
            assertEquals(refused, ended.getCause());
        }
    }

    @Test
    default void aViewFailsWhenItsStoresAreClosedAndKeepsItsImages() {
        store().create(image("a"));
        ImageView view = open(OF_CONTRACT);

        stores().close();

        ExecutionException ended =
                assertThrows(ExecutionException.class, () -> view.ended().get(60, TimeUnit.SECONDS));
        assertInstanceOf(Unavailable.class, ended.getCause());
        assertEquals(State.FAILED, view.state());
        assertThrows(ImageException.class, () -> view.awaitLive(PATIENCE));
        assertTrue(view.get("a").isPresent());
        view.close();
    }
}
