package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A copy of the images of a watch in this process, which follows their changes. Reads take no call and no lock. Thread-safe.
 *
 * <p>The view starts with a snapshot. When it is so far behind that changes are not kept any more, or the store was restored, it starts
 * again with a new snapshot by itself: its images stay as they were until the new ones are whole, then it has those, and tells its
 * listeners how they differ. A commit shows as a whole.
 *
 * <p>A view says how old it may be: see {@link #state} and {@link #lag}. When it cannot go on it has the state {@link State#FAILED}, keeps
 * its last images, and says why by {@link #awaitLive}, by {@link #ended} and in a message to its {@link Logger}.
 */
public final class ImageView implements AutoCloseable {
    private static final Logger log = System.getLogger(ImageView.class.getName());

    private final WatchOptions options;
    private final Clock clock;

    /** Guarded by the feed. */
    private final List<Consumer<ViewChange>> listeners = new ArrayList<>();

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Feed feed;
    private volatile Moment now;
    private volatile @Nullable ImageException failure;
    private volatile boolean closed;

    /** How well a view knows the images. */
    public enum State {
        /** The first snapshot is not whole yet: images may be missing. */
        LOADING,
        /** The view has everything, but for what happened within its {@link ImageView#lag}. */
        LIVE,
        /**
         * The view had everything, and has heard nothing since for twice the progress interval of its options, or is loading a new
         * snapshot. It goes on by itself.
         */
        BEHIND,
        /** The view has ended with an error, and does not change any more. */
        FAILED,
        /** The view was closed, and does not change any more. */
        CLOSED
    }

    /**
     * What the view knows at a moment.
     *
     * @param wholeUntil up to when the images are known to be whole; when the view was opened, at first
     * @param loading whether there is a snapshot that is not whole yet
     */
    private record Moment(ViewedImages images, Instant wholeUntil, boolean loading) {}

    private ImageView(WatchOptions options, Clock clock) {
        this.options = options.withSnapshot().withoutBefore().restarting(); // the view knows the images before
        this.clock = clock;
        this.feed = new Feed();
        this.now = new Moment(ViewedImages.NONE, clock.instant(), true);
    }

    /** Opens a view that takes the time from the system; see {@link #open(ImageStores, WatchOptions, Clock)}. */
    public static ImageView open(ImageStores stores, WatchOptions options) {
        return open(stores, options, Clock.systemUTC());
    }

    /**
     * Opens a view, which starts to load. The caller has to close it.
     *
     * @param options the namespaces, the filters and the intervals; where the watch starts is not of importance
     * @param clock the time for {@link #lag}
     * @throws ImageException.Unimplemented when the stores do not tell their changes, such as those of a plain containerd
     * @throws ImageException when the daemon cannot be asked whether it does. Other errors make the view fail.
     */
    public static ImageView open(ImageStores stores, WatchOptions options, Clock clock) {
        Changes changes = stores.changes()
                .orElseThrow(() -> new ImageException.Unimplemented(
                        "the image stores do not tell their changes, so there can be no view of them", null));
        ImageView view = new ImageView(options, clock);
        changes.publisher(view.options).subscribe(view.feed);
        return view;
    }

    /** Returns the images at this moment, for several reads that fit together. Takes no time and no memory. */
    public ViewedImages images() {
        return now.images();
    }

    /**
     * Returns the image of a name, if there is one.
     *
     * @throws IllegalStateException when the view is not of one namespace; {@link ViewedImages#find} takes the namespace
     */
    public Optional<Image> get(String name) {
        List<String> namespaces = options.namespaces();
        if (namespaces == null || namespaces.size() != 1) {
            throw new IllegalStateException(
                    "the view is not of one namespace: images().find(namespace, name) finds an image in it");
        }
        return images().find(namespaces.get(0), name).map(VersionedImage::image);
    }

    /** Returns the images whose target has a digest, in byte order of namespace and name. */
    public List<Image> byDigest(String digest) {
        return images().byDigest(digest).stream().map(VersionedImage::image).toList();
    }

    /** Returns how many images there are. */
    public int size() {
        return images().size();
    }

    /** Returns the position that the view is at; null before its first snapshot is whole. */
    public @Nullable Position position() {
        return images().position();
    }

    /** Returns how well the view knows the images. */
    public State state() {
        Moment known = now;
        if (closed) {
            return State.CLOSED;
        } else if (failure != null) {
            return State.FAILED;
        } else if (known.images().position() == null) {
            return State.LOADING;
        }
        return known.loading() || lag(known).compareTo(longestSilence()) > 0 ? State.BEHIND : State.LIVE;
    }

    private Duration longestSilence() {
        return options.effectiveInterval().multipliedBy(2);
    }

    /**
     * Returns how old the view may be: the time since it was last known to have everything, or since it was opened. While nothing changes it
     * is up to the progress interval. Behind a change it is the time since that change was committed, but for the time that a change takes
     * to come at least: the clocks of both machines may differ.
     */
    public Duration lag() {
        return lag(now);
    }

    private Duration lag(Moment known) {
        Duration lag = Duration.between(known.wholeUntil(), clock.instant());
        return lag.isNegative() ? Duration.ZERO : lag;
    }

    /**
     * Waits until the view is {@link State#LIVE}. Not for listeners: the view waits for them.
     *
     * @throws ImageException.DeadlineExceeded when it takes longer
     * @throws ImageException.Cancelled when the view is closed, or the thread is interrupted
     * @throws ImageException the error that ended the view, as {@link Watch#hasNext} throws it
     */
    public void awaitLive(Duration longest) {
        long start = System.nanoTime();
        long most = Math.max(0, TimeUnit.NANOSECONDS.convert(longest)); // at most what a long holds
        synchronized (feed) {
            for (State state = state(); state != State.LIVE; state = state()) {
                requireGoingOn();
                long left = most - (System.nanoTime() - start);
                if (left <= 0) {
                    throw new ImageException.DeadlineExceeded(
                            "the view is not live after " + TimeUnit.NANOSECONDS.toMillis(most) + " ms: it is " + state,
                            null);
                }
                try {
                    TimeUnit.NANOSECONDS.timedWait(feed, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new ImageException.Cancelled("interrupted while waiting for the view", e);
                }
            }
        }
    }

    private void requireGoingOn() {
        ImageException why = failure;
        if (closed) {
            throw new ImageException.Cancelled("the view is closed", null);
        } else if (why != null) {
            throw why;
        }
    }

    /**
     * Adds a listener to the changes of the view from now on. It is called for one change after the other, once the view has the whole
     * commit, on a thread of the connection. Until it returns the view does not go on, and nothing is queued. What it throws goes to the
     * {@link Logger} of this class, and changes nothing. It may close the view.
     *
     * <p>To miss no image, add the listener first, and then read {@link #images}: a change that comes in between is in both. One that
     * {@link #images} had before is not told.
     *
     * @return removes the listener
     */
    public Runnable onChange(Consumer<ViewChange> listener) {
        synchronized (feed) {
            listeners.add(listener);
        }
        return () -> {
            synchronized (feed) {
                listeners.remove(listener);
            }
        };
    }

    /** Returns a future that completes when the view is closed, and fails with the error that ends it. */
    public CompletableFuture<Void> ended() {
        return ended.copy();
    }

    /** Ends the view, which keeps its last images. No listener is called any more, but for one that is running. */
    @Override
    public void close() {
        closed = true;
        feed.cancel();
        feed.wake();
        ended.complete(null);
    }

    private void tell(List<Consumer<ViewChange>> told, List<ViewChange> changes) {
        for (ViewChange change : changes) {
            for (Consumer<ViewChange> listener : told) {
                if (closed) {
                    return;
                }
                try {
                    listener.accept(change);
                } catch (Throwable e) { // nothing that a listener throws may stop the view
                    log.log(Level.WARNING, "a listener of a view failed at image " + change.name(), e);
                }
            }
        }
    }

    /** Takes the events of the watch, each once the one before is done with. */
    private final class Feed implements Flow.Subscriber<WatchEvent> {
        private volatile Flow.@Nullable Subscription subscription;

        /** The images of a snapshot that is not whole. */
        private ViewedImages next = ViewedImages.NONE;

        private final CommitTimes times = new CommitTimes(longestSilence(), clock.instant());

        @Override
        public void onSubscribe(Flow.Subscription made) {
            subscription = made;
            made.request(1);
        }

        @Override
        public void onNext(WatchEvent event) {
            try {
                accept(event);
                request();
            } catch (Throwable e) { // whatever stops the view, its reader has to learn of it
                onError(new ImageException.Internal("the view failed: " + e, e));
                cancel();
            }
        }

        private void accept(WatchEvent event) {
            if (event instanceof WatchEvent.Snapshot part) {
                Moment before = now;
                show(new Moment(before.images(), before.wholeUntil(), true), List.of());
                next = part.isFirst() ? ViewedImages.NONE : next;
                part.images().forEach(image -> next = next.with(image));
            } else if (event instanceof WatchEvent.Synced synced) {
                ViewedImages whole = next.at(synced.position());
                next = ViewedImages.NONE;
                List<ViewChange> changes = ViewChange.between(images(), whole);
                show(new Moment(whole, whole(), false), changes);
            } else if (event instanceof WatchEvent.Changed changed) {
                changed.commits().forEach(this::commit);
                show(new Moment(images().at(changed.position()), now.wholeUntil(), false), List.of());
                times.received(clock.instant());
            } else if (event instanceof WatchEvent.Progress progress) {
                show(new Moment(images().at(progress.position()), whole(), false), List.of());
            }
        }

        /** Returns the present, in which the view has everything. */
        private Instant whole() {
            Instant present = clock.instant();
            times.whole(present);
            return present;
        }

        private void commit(List<WatchedChange> told) {
            ViewedImages after = images();
            List<ViewChange> changes = new ArrayList<>();
            for (WatchedChange change : told) {
                ViewChange difference = ViewChange.of(after, change);
                if (difference != null) {
                    changes.add(difference);
                    after = after.with(difference);
                }
            }
            Change.Commit commit = told.get(0).change().commit();
            show(new Moment(after.behind(commit.revision()), wholeUntil(commit.time()), false), changes);
        }

        /** A commit may be old, when the view is behind. */
        private Instant wholeUntil(Instant commit) {
            Instant until = times.of(commit, clock.instant());
            return until.isAfter(now.wholeUntil()) ? until : now.wholeUntil();
        }

        private void show(Moment moment, List<ViewChange> changes) {
            List<Consumer<ViewChange>> told;
            synchronized (
                    this) { // a listener that is added now either hears of the changes or finds them in the images
                now = moment;
                told = changes.isEmpty() ? List.of() : List.copyOf(listeners);
                notifyAll();
            }
            tell(told, changes);
        }

        synchronized void wake() {
            notifyAll();
        }

        @Override
        public void onError(Throwable error) {
            ImageException why = error instanceof ImageException known
                    ? known
                    : new ImageException.Internal("the view failed: " + error, error);
            failure = why;
            ended.completeExceptionally(why);
            wake();
            log.log(Level.WARNING, "a view has ended, and keeps the images of " + position(), why);
        }

        @Override
        public void onComplete() {
            onError(new ImageException.Internal("the watch of a view completed", null));
        }

        private void request() {
            Flow.Subscription current = subscription;
            if (current != null) {
                current.request(1);
            }
        }

        void cancel() {
            Flow.Subscription current = subscription;
            if (current != null) {
                current.cancel();
            }
        }
    }
}
