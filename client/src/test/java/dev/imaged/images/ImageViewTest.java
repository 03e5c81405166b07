package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.DeadlineExceeded;
import dev.imaged.errors.ImageException.Internal;
import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.images.ImageView.State;
import dev.imaged.oci.Descriptor;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a view makes of the events of a watch, one by one. */
@Timeout(120)
class ImageViewTest {
    private static final WatchOptions HERE = WatchOptions.namespace("ns").progressInterval(Duration.ofSeconds(10));

    private final TestClock clock = new TestClock();
    private final Script script = new Script();
    private ImageView view;

    /** A watch whose events come from the test. */
    private static final class Script implements Changes, Flow.Subscription {
        private Flow.Subscriber<? super WatchEvent> subscriber;
        private WatchOptions options;
        private long demand;
        private boolean cancelled;

        @Override
        public Watch watch(WatchOptions asked) {
            throw new AssertionError("a view subscribes");
        }

        @Override
        public Flow.Publisher<WatchEvent> publisher(WatchOptions asked) {
            options = asked;
            return to -> {
                subscriber = to;
                to.onSubscribe(this);
            };
        }

        @Override
        public void request(long events) {
            demand += events;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        void tell(WatchEvent event) {
            assertEquals(1, demand--, "the view asks for one event at a time");
            subscriber.onNext(event);
        }

        void snapshot(long revision, VersionedImage... images) {
            tell(new WatchEvent.Snapshot(List.of(images), true));
            tell(new WatchEvent.Synced(at(revision)));
        }
    }

    private static Position at(long revision) {
        return new Position("store", revision);
    }

    private static VersionedImage image(String name, long revision) {
        Image image = new Image(name, Map.of("revision", "" + revision), ContractFixture.TARGET_A);
        return new VersionedImage("ns", image, revision, 1);
    }

    private WatchedChange updated(String name, long revision, Instant time) {
        Change.Commit commit = new Change.Commit(revision, time, "ns", Cause.UNKNOWN);
        Image after = image(name, revision).image();
        return new WatchedChange(new Change.Updated(commit, name, 0, null, after), WatchedChange.Match.STAYED);
    }

    @BeforeEach
    void open() {
        ImageStores stores = new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                throw new AssertionError("a view only watches");
            }

            @Override
            public Optional<Changes> changes() {
                return Optional.of(script);
            }

            @Override
            public void close() {}
        };
        view = ImageView.open(stores, HERE.after(at(7)), clock);
    }

    @AfterEach
    void close() {
        view.close();
    }

    @Test
    void aViewAlwaysStartsWithASnapshotAndStartsAgainWithOne() {
        assertEquals(HERE.withSnapshot().withoutBefore().restarting(), script.options);
    }

    @Test
    void nothingIsSeenOfASnapshotBeforeItIsWhole() {
        script.tell(new WatchEvent.Snapshot(List.of(image("a", 2)), true));
        assertEquals(State.LOADING, view.state());
        assertEquals(0, view.size());
        assertNull(view.position());

        script.tell(new WatchEvent.Snapshot(List.of(image("b", 3)), false));
        script.tell(new WatchEvent.Synced(at(9)));

        assertEquals(State.LIVE, view.state());
        assertEquals(List.of(image("a", 2), image("b", 3)), view.images().list());
        assertEquals(at(9), view.position());
    }

    @Test
    void aSnapshotThatStartsAgainForgetsItsFirstPart() {
        script.tell(new WatchEvent.Snapshot(List.of(image("a", 2)), true));
        script.snapshot(9, image("b", 3));

        assertEquals(List.of(image("b", 3)), view.images().list());
    }

    @Test
    void aNewSnapshotIsComparedWithWhatTheViewHadAndShownAtOnce() {
        script.snapshot(9, image("a", 1), image("b", 2), image("c", 3), image("e", 5));
        TestListener listener = new TestListener(view);
        ViewedImages before = view.images();

        script.tell(new WatchEvent.Snapshot(List.of(image("0", 10), image("b", 2)), true));
        assertEquals(State.BEHIND, view.state());
        assertEquals(before, view.images());
        script.tell(new WatchEvent.Snapshot(List.of(image("c", 13), image("d", 14)), false));
        assertEquals(before, view.images());
        script.tell(new WatchEvent.Synced(new Position("another", 4)));

        assertEquals(State.LIVE, view.state());
        assertEquals(new Position("another", 4), view.position());
        List<ViewChange> changes = listener.changes(5);
        assertEquals(List.of("CREATE 0", "DELETE a", "UPDATE c", "CREATE d", "DELETE e"), TestListener.texts(changes));
        assertEquals(new ViewChange(image("a", 1), null, null), changes.get(1));
        assertEquals(new ViewChange(image("c", 3), image("c", 13), null), changes.get(2));
        assertEquals(4, before.size());
        assertEquals(4, view.images().byDigest(ContractFixture.DIGEST_A).size());
    }

    @Test
    void aListenerHearsOfTheFirstSnapshotOnlyIfItWasThereBefore() {
        TestListener early = new TestListener(view);
        AtomicBoolean lateIsCalled = new AtomicBoolean();
        view.onChange(change -> view.onChange(other -> lateIsCalled.set(true)));
        script.snapshot(9, image("a", 1));

        assertEquals(List.of("CREATE a"), TestListener.texts(early.changes(1)));
        assertEquals(false, lateIsCalled.get());
    }

    @Test
    void aListenerSeesTheViewAsOfTheCommitOfItsChange() {
        script.snapshot(9, image("a", 1), image("b", 1));
        List<String> seen = new ArrayList<>();
        view.onChange(change -> {
            List<Long> revisions =
                    view.images().list().stream().map(VersionedImage::revision).toList();
            seen.add(change.name() + " " + view.position().revision() + " " + revisions);
        });
        Instant now = clock.instant();
        script.tell(new WatchEvent.Changed(
                List.of(updated("a", 10, now), updated("b", 10, now), updated("a", 12, now)), at(13)));

        assertEquals(List.of("a 10 [10, 10]", "b 10 [10, 10]", "a 12 [12, 10]"), seen);
        assertEquals(at(13), view.position());
    }

    @Test
    void aDeleteOfWhatTheViewDoesNotHaveChangesNothing() {
        script.snapshot(9, image("a", 1));
        TestListener listener = new TestListener(view);
        Change.Commit commit = new Change.Commit(10, clock.instant(), "ns", Cause.UNKNOWN);
        Change deleted = new Change.Deleted(commit, "b", 0, null);
        script.tell(new WatchEvent.Changed(List.of(new WatchedChange(deleted, WatchedChange.Match.LEFT)), at(10)));

        assertEquals(1, listener.followed().size());
        assertEquals(at(10), view.position());
    }

    @Test
    void aCommitThatIsOldWhenItArrivesLeavesTheViewBehindUntilItHasAll() {
        script.snapshot(9);
        Instant committed = clock.instant();
        clock.advance(Duration.ofHours(1)); // without a connection, say
        assertEquals(State.BEHIND, view.state());
        script.tell(new WatchEvent.Changed(List.of(updated("a", 10, committed.plusSeconds(60))), at(10)));
        assertEquals(State.BEHIND, view.state());
        assertEquals(Duration.ofMinutes(59), view.lag());

        script.tell(new WatchEvent.Progress(at(10)));

        assertEquals(State.LIVE, view.state());
        assertEquals(Duration.ZERO, view.lag());
    }

    @ParameterizedTest
    @ValueSource(longs = {-86_400, 86_400})
    void howWellAViewKnowsTheImagesDoesNotDependOnTheClockOfTheDaemon(long otherClock) {
        script.snapshot(9);
        for (int revision = 10; revision < 20; revision++) {
            clock.advance(Duration.ofSeconds(5)); // sooner than a Progress would come
            script.tell(new WatchEvent.Changed(
                    List.of(updated("a", revision, clock.instant().plusSeconds(otherClock))), at(revision)));
            assertEquals(State.LIVE, view.state());
        }
        Instant missed = clock.instant().plusSeconds(otherClock + 60);
        clock.advance(Duration.ofHours(1));
        script.tell(new WatchEvent.Changed(List.of(updated("a", 20, missed)), at(20)));

        assertEquals(State.BEHIND, view.state());
        assertEquals(Duration.ofMinutes(59), view.lag());
    }

    @Test
    void aWaitMayBeLongerThanAnyClockCounts() {
        script.snapshot(9);
        view.awaitLive(Duration.ofSeconds(Long.MAX_VALUE));
        view.awaitLive(Duration.ofNanos(Long.MAX_VALUE));
        clock.advance(Duration.ofHours(1));
        CompletableFuture<Void> waits = CompletableFuture.runAsync(
                () -> view.awaitLive(Duration.ofSeconds(Long.MAX_VALUE)), task -> new Thread(task).start());
        assertThrows(DeadlineExceeded.class, () -> view.awaitLive(Duration.ofSeconds(Long.MIN_VALUE)));
        script.tell(new WatchEvent.Progress(at(9)));
        waits.join();
    }

    @Test
    void anErrorOfTheVirtualMachineFailsAViewToo() {
        script.snapshot(9);
        script.tell(new WatchEvent.Changed(
                new AbstractList<>() {
                    @Override
                    public WatchedChange get(int index) {
                        throw new StackOverflowError();
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                },
                at(10)));

        assertEquals(State.FAILED, view.state());
        assertEquals(true, script.cancelled);
    }

    @Test
    void aClockThatIsAheadOrStepsBackMakesNoNegativeLag() {
        script.snapshot(9);
        script.tell(
                new WatchEvent.Changed(List.of(updated("a", 10, clock.instant().plusSeconds(60))), at(10)));
        assertEquals(Duration.ZERO, view.lag());
        clock.advance(Duration.ofSeconds(-30));
        assertEquals(Duration.ZERO, view.lag());
    }

    @Test
    void anErrorOfTheWatchIsTheErrorOfTheView() {
        script.snapshot(9, image("a", 1));
        DataLoss damaged = new DataLoss("damaged", null);
        script.subscriber.onError(damaged);

        assertEquals(State.FAILED, view.state());
        assertEquals(damaged, assertThrows(DataLoss.class, () -> view.awaitLive(Duration.ofSeconds(60))));
        assertEquals(1, view.size());
    }

    @Test
    void aViewThatCannotTakeAnEventFailsAndDoesNotStopInSilence() {
        script.snapshot(9);
        script.tell(new WatchEvent.Changed(Collections.singletonList(null), at(10)));

        assertEquals(State.FAILED, view.state());
        assertThrows(Internal.class, () -> view.awaitLive(Duration.ofSeconds(60)));
        assertEquals(true, script.cancelled);
    }

    @Test
    void storesThatDoNotTellTheirChangesHaveNoView() {
        ImageStores plain = new ImageStores() {
            @Override
            public AsyncImageStore async(String namespace) {
                throw new AssertionError("nothing is asked of it");
            }

            @Override
            public void close() {}
        };
        assertThrows(Unimplemented.class, () -> ImageView.open(plain, HERE));
    }

    /** Each snapshot has one image of each digest or of the other: a read of half of a swap would find both, or none. */
    @Test
    void threadsThatReadDuringASwapSeeOneSnapshotOrTheOther() {
        VersionedImage[] even = images(ContractFixture.DIGEST_A);
        VersionedImage[] odd = images(ContractFixture.DIGEST_B);
        script.snapshot(1, even);
        AtomicBoolean done = new AtomicBoolean();
        List<Reader> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            readers.add(new Reader(done));
        }
        for (long revision = 2; revision < 300 || !readers.stream().allMatch(Reader::hasSeenBoth); revision++) {
            script.snapshot(revision, revision % 2 == 0 ? odd : even);
        }
        done.set(true);
        readers.forEach(reader -> reader.end.join());
    }

    private static VersionedImage[] images(String digest) {
        VersionedImage[] images = new VersionedImage[50];
        for (int i = 0; i < images.length; i++) {
            Image image = new Image("n" + i, new Descriptor("m", digest, 1));
            images[i] = new VersionedImage("ns", image, 1, 1);
        }
        return images;
    }

    /** Reads until it is done, and checks what it reads. */
    private final class Reader {
        private final AtomicBoolean done;
        private final Set<String> seen = ConcurrentHashMap.newKeySet();
        final CompletableFuture<Void> end;

        Reader(AtomicBoolean done) {
            this.done = done;
            this.end = CompletableFuture.runAsync(this::read, task -> new Thread(task).start());
        }

        /** Whether it has read snapshots of both kinds; it has also ended if a check failed. */
        boolean hasSeenBoth() {
            return seen.size() == 2 || end.isDone();
        }

        private void read() {
            while (!done.get()) {
                ViewedImages images = view.images();
                String digest =
                        images.find("ns", "n7").orElseThrow().image().target().digest();
                assertEquals(50, images.byDigest(digest).size());
                assertEquals(50, images.size());
                boolean isEven = images.position().revision() % 2 == 1;
                assertEquals(isEven ? ContractFixture.DIGEST_A : ContractFixture.DIGEST_B, digest);
                seen.add(digest);
            }
        }
    }
}
