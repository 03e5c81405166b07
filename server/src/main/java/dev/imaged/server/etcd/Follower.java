package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.Event.EventType;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.write.Committer;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the view as etcd is: one watch over all keys, each revision a commit of the view. When the watch ends, or stays behind, another
 * one goes on at the next member. Thread-safe.
 */
final class Follower implements EtcdWatch.Listener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Follower.class);

    /**
     * How long a watch may be silent while etcd has something to tell: twice as long after each one that told nothing. A member reads all
     * that a daemon has missed before it tells the first of it.
     */
    private static final Duration MIN_SILENCE = Duration.ofSeconds(2);

    private static final Duration MAX_SILENCE = Duration.ofSeconds(30);

    /** How long to wait before a watch is started again. */
    private static final long PAUSE_MILLIS = 200;

    /** How long to wait after an error that an operator has to mend. */
    private static final long LONG_PAUSE_MILLIS = 5000;

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final UnreadableKeys unreadable;
    private final UUID life;
    private final ViewDatabase view;
    private final Committer committer;
    private final ViewProgress progress;
    private final Attempts attempts;
    private final CommitClock clock;
    private final Runnable outdated;
    private final LongSupplier ticker;
    private final ScheduledExecutorService executor;
    private final AtomicBoolean isStarting = new AtomicBoolean();
    private final AtomicLong silenceNanos = new AtomicLong(MIN_SILENCE.toNanos());
    private volatile @Nullable EtcdWatch watch;
    private volatile Tail tail = new Tail(null, 0, 0);
    private volatile EtcdMembers.@Nullable Member member;

    /** Why etcd could not be followed the last time, null when it could. */
    private volatile @Nullable String notFollowed;

    /** Why the view did not take the last that etcd had, null when it did. */
    private volatile @Nullable String notApplied;

    /** Why the view is not of this etcd, null when it is as far as is known. */
    private volatile @Nullable FailedPrecondition refusal;

    /** When the watch started, or told something. */
    private volatile long heardAt;

    /** The last revision that the view is known to have had. */
    private final AtomicLong confirmed = new AtomicLong();

    /** How far a watch has come. For the thread of the watch. */
    private static final class Tail {
        private final @Nullable EtcdWatch source;

        /** The revision of the view behind the last commit that was handed over; greater than any while it was not taken. */
        private AtomicLong last;

        /** The newest revision of etcd up to which no daemon has committed what the view does not have. */
        private final long skippable;

        /** Completes once the view has all of it. */
        private CompletableFuture<Long> applied = CompletableFuture.completedFuture(0L);

        Tail(@Nullable EtcdWatch source, long last, long skippable) {
            this.source = source;
            this.last = new AtomicLong(last);
            this.skippable = skippable;
        }
    }

    /**
     * Makes a follower.
     *
     * @param unreadable learns of images that are left out
     * @param life that of the view
     * @param clock learns the times of commits that others make
     * @param outdated called when etcd cannot bring the view further; it must not block
     * @param ticker the nanoseconds since some moment, such as {@link System#nanoTime}
     */
    Follower(
            EtcdClient client,
            EtcdKeys keys,
            UnreadableKeys unreadable,
            UUID life,
            ViewDatabase view,
            Committer committer,
            ViewProgress progress,
            Attempts attempts,
            CommitClock clock,
            Runnable outdated,
            LongSupplier ticker) {
        this.client = client;
        this.keys = keys;
        this.unreadable = unreadable;
        this.life = life;
        this.view = view;
        this.committer = committer;
        this.progress = progress;
        this.attempts = attempts;
        this.clock = clock;
        this.outdated = outdated;
        this.ticker = ticker;
        this.heardAt = ticker.getAsLong();
        this.executor = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "follower");
            thread.setDaemon(true);
            return thread;
        });
    }

    void start() {
        restart(0);
    }

    /** Starts another watch, unless one is being started. It does not block. */
    private void restart(long delayMillis) {
        if (isStarting.compareAndSet(false, true)) {
            try {
                executor.schedule(this::open, delayMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                log.debug("the view is closed: etcd is not followed any more", e);
            }
        }
    }

    /**
     * Has another member watched if this one does not tell what etcd has. A watch that tells something, or waits for the view to apply
     * what it told, is only catching up.
     */
    void lagging() {
        EtcdMembers.Member silent = member;
        EtcdWatch current = watch;
        boolean isSilent = ticker.getAsLong() - heardAt > silenceNanos.get();
        if (silent != null && current != null && isSilent && !current.isBusy()) {
            log.warn("the watch of etcd is silent, a new watch is started");
            silenceNanos.updateAndGet(before -> Math.min(2 * before, MAX_SILENCE.toNanos()));
            client.members().leave(silent);
            end(current, 0);
        }
    }

    /** Returns why the view does not get or take what etcd has, null when it does. */
    @Nullable
    String problem() {
        String reason = notFollowed;
        return reason == null ? notApplied : reason;
    }

    /** Returns why the view is not of this etcd, null when it is as far as is known. */
    @Nullable
    FailedPrecondition refusal() {
        return refusal;
    }

    private void open() {
        try {
            // Before the state, which then is not older: what is applied meanwhile would look as if etcd was set back.
            long applied = progress.applied();
            long had = confirmed.get();
            Lineage.Newest newest = view.read(Lineage.Newest::of);
            long last = newest.revision();
            ClusterState state = ClusterState.read(client, keys);
            if (!state.isOf(life)) {
                log.warn("etcd has begun a new life: all images are read again");
                outdated.run();
                return;
            }
            if (last < had) { // its files were damaged, and it was cut back
                log.warn("the view has lost commits behind revision {}: all images are read again", last);
                outdated.run();
                return;
            }
            state.requireNotBehind(Math.max(applied, last));
            Lineage.requireSame(client, keys, newest, state);
            confirmed.accumulateAndGet(last, Math::max);
            refusal = null;
            notFollowed = null;
            follow(state.mark()); // a view that was filled does not know it
            watch(last, applied + 1, applied >= state.lastCommit() ? state.revision() : 0);
        } catch (RuntimeException | Error e) { // whatever it was, etcd has to be followed again
            notFollowed = String.valueOf(e.getMessage());
            refusal = e instanceof FailedPrecondition known ? known : refusal;
            if (!executor.isShutdown()) {
                if (e instanceof ImageException) {
                    log.warn("etcd cannot be followed at the moment: {}", e.getMessage());
                } else {
                    log.error("etcd cannot be followed at the moment", e);
                }
            }
            view.met(e);
            isStarting.set(false);
            restart(e instanceof ImageException.Unavailable ? PAUSE_MILLIS : LONG_PAUSE_MILLIS);
        }
    }

    private void follow(CommitMark mark) {
        if (mark.hasTime()) {
            clock.follow(ImageProtos.fromProto(mark.getTime()));
        }
    }

    /** Starts a watch, unless the follower was closed meanwhile. */
    private synchronized void watch(long last, long from, long skippable) {
        if (executor.isShutdown()) {
            return;
        }
        EtcdMembers.Member chosen = client.members().current();
        EtcdWatch started = new EtcdWatch(this);
        member = chosen;
        heardAt = ticker.getAsLong();
        tail = new Tail(started, last, skippable);
        watch = started; // before it starts, because it may end at once
        isStarting.set(false);
        started.start(chosen.channel(), keys.prefix(), from);
    }

    @Override
    public void events(EtcdWatch source, List<Event> events, long bytes) {
        Tail to = tail;
        if (to.source != source) {
            return;
        }
        heardAt = ticker.getAsLong();
        silenceNanos.set(MIN_SILENCE.toNanos());
        int start = 0;
        for (int end = 1; end <= events.size(); end++) {
            long revision = events.get(start).getKv().getModRevision();
            if (end == events.size() || events.get(end).getKv().getModRevision() != revision) {
                if (!apply(revision, events.subList(start, end), to)) {
                    outdated.run();
                    return;
                }
                start = end;
            }
        }
        to.applied.whenComplete((applied, error) -> {
            if (error == null) {
                notApplied = null;
                source.applied(bytes);
            } else {
                Throwable cause = EtcdErrors.cause(error);
                view.met(cause);
                notApplied = String.valueOf(cause.getMessage());
                log.warn("the store does not take what etcd has: {}", cause.getMessage());
                end(source, LONG_PAUSE_MILLIS);
            }
        });
    }

    /** Has the view take a revision; returns false when only a view that is made again can have it. */
    private boolean apply(long revision, List<Event> events, Tail to) {
        if (events.stream().anyMatch(this::endsLife)) {
            log.warn("etcd has begun a new life: all images are read again");
            return false;
        }
        Optional<ReplicatedCommit> commit = ReplicatedCommit.of(keys, revision, events, unreadable);
        if (commit.isEmpty()) {
            log.warn("revision {} in etcd changes several namespaces: all images are read again", revision);
            return false;
        }
        apply(commit.get(), to);
        return true;
    }

    private boolean endsLife(Event event) {
        return event.getKv().getKey().equals(keys.life())
                && (event.getType() == EventType.DELETE
                        || !event.getKv().getValue().toStringUtf8().equals(life.toString()));
    }

    /** Has the view take a commit, behind those before, which it may not have yet. */
    private void apply(ReplicatedCommit commit, Tail to) {
        CommitMark mark = commit.mark();
        if (mark != null) { // it is committed, whether or not the view takes it
            follow(mark);
            attempts.seen(mark.getAttempt(), commit.revision());
        }
        CompletableFuture<Long> applied = to.applied;
        if (!commit.isEmpty()) {
            AtomicLong before = to.last;
            AtomicLong after = new AtomicLong(Long.MAX_VALUE);
            to.last = after;
            applied = committer.replicate(commit.bytes(), transaction -> {
                requireApplied(before.get(), transaction.revision(), commit);
                commit.apply(transaction);
                after.set(transaction.revision());
            });
        }
        to.applied = applied.thenApply(done -> {
            confirmed.accumulateAndGet(done, Math::max);
            progress.applied(commit.revision());
            return done;
        });
    }

    /** Refuses a commit when the view did not take the one before it, such as when the disk was full for a moment. */
    private static void requireApplied(long before, long last, ReplicatedCommit next) {
        if (last < before) {
            throw new ImageException.Unavailable(
                    "the view has revision " + last + ", and misses a commit before that of revision "
                            + next.revision(),
                    null);
        }
    }

    @Override
    public void ended(EtcdWatch ended, Status reason) {
        if (ended == watch) {
            log.info("the watch of etcd ended, a new watch is started: {}", reason);
            EtcdMembers.Member failed = member;
            if (failed != null) {
                client.members().leave(failed);
            }
            end(ended, PAUSE_MILLIS);
        }
    }

    @Override
    public void compacted(EtcdWatch ended, long oldest) {
        Tail to = tail;
        if (to.source == ended && oldest <= to.skippable) { // no daemon made what is dropped
            progress.applied(oldest - 1);
            end(ended, 0);
            return;
        }
        log.warn(
                "etcd does not keep what this daemon missed: it has revision {}, and etcd keeps {} and later; all images are read"
                        + " again",
                progress.applied(),
                oldest);
        outdated.run();
    }

    private void end(EtcdWatch ended, long pauseMillis) {
        synchronized (this) {
            if (ended != watch) {
                return;
            }
            watch = null;
        }
        ended.cancel();
        restart(pauseMillis);
    }

    /** Whether it is closed, and nothing that it started goes on. */
    boolean isEnded() {
        return executor.isTerminated();
    }

    @Override
    public synchronized void close() {
        executor.shutdownNow();
        EtcdWatch current = watch;
        watch = null;
        tail = new Tail(null, 0, 0);
        if (current != null) {
            current.cancel();
        }
    }
}
