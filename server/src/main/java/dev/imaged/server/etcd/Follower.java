package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.v1.CommitMark;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.write.Committer;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the view as etcd is: one watch over all keys, each revision a commit of the view. When the watch ends, or stays behind, another
 * one goes on at the next member. Thread-safe.
 */
final class Follower implements EtcdWatch.Listener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Follower.class);

    /** How long a watch may be silent while etcd has something to tell. */
    private static final Duration MAX_SILENCE = Duration.ofSeconds(2);

    /** How long to wait before a watch is started again. */
    private static final long PAUSE_MILLIS = 200;

    /** How long to wait after an error that only somebody can mend. */
    private static final long LONG_PAUSE_MILLIS = 5000;

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final Database view;
    private final Committer committer;
    private final ViewProgress progress;
    private final Attempts attempts;
    private final CommitClock clock;
    private final Consumer<Boolean> following;
    private final ScheduledExecutorService executor;
    private final AtomicBoolean isStarting = new AtomicBoolean();
    private volatile @Nullable EtcdWatch watch;
    private volatile Tail tail = new Tail(null, 0);
    private volatile EtcdMembers.@Nullable Member member;

    /** When the watch started, or told something. */
    private volatile long heardAt = System.nanoTime();

    /** What a watch has told so far. For the thread of the watch. */
    private static final class Tail {
        private final @Nullable EtcdWatch source;

        /** The revision of the last commit of images. */
        private long commit;

        /** Completes once the view has all of it. */
        private CompletableFuture<Long> applied = CompletableFuture.completedFuture(0L);

        Tail(@Nullable EtcdWatch source, long commit) {
            this.source = source;
            this.commit = commit;
        }
    }

    /**
     * Makes a follower.
     *
     * @param clock learns the times of commits that others make
     * @param following hears whether there is a watch; it must not block
     */
    Follower(
            EtcdClient client,
            EtcdKeys keys,
            Database view,
            Committer committer,
            ViewProgress progress,
            Attempts attempts,
            CommitClock clock,
            Consumer<Boolean> following) {
        this.client = client;
        this.keys = keys;
        this.view = view;
        this.committer = committer;
        this.progress = progress;
        this.attempts = attempts;
        this.clock = clock;
        this.following = following;
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
                log.debug("the daemon stops: etcd is not followed any more", e);
            }
        }
    }

    /** Has another member watched if this one does not tell what etcd has. A watch that tells something is only catching up. */
    void lagging() {
        EtcdMembers.Member silent = member;
        EtcdWatch current = watch;
        if (silent != null && current != null && System.nanoTime() - heardAt > MAX_SILENCE.toNanos()) {
            log.warn("the watch of etcd is silent, another one begins");
            client.members().leave(silent);
            end(current, 0);
        }
    }

    private void open() {
        try {
            ClusterState state = ClusterState.read(client, keys);
            long last = view.read(snapshot -> {
                state.requireLife(Meta.instanceId(snapshot));
                state.requireNotBehind(snapshot);
                return Revisions.last(snapshot);
            });
            if (state.lastCommit() > 0) { // a view that was filled does not know it
                clock.follow(ImageProtos.fromProto(state.mark().getTime()));
            }
            boolean isWhole = last == state.lastCommit();
            progress.applied(isWhole ? state.revision() : last);
            EtcdMembers.Member chosen = client.members().current();
            EtcdWatch started = new EtcdWatch(this);
            member = chosen;
            heardAt = System.nanoTime();
            tail = new Tail(started, last);
            watch = started; // before it starts, because it may end at once
            isStarting.set(false);
            started.start(chosen.channel(), keys.prefix(), (isWhole ? state.revision() : last) + 1);
        } catch (RuntimeException e) {
            log.warn("etcd cannot be followed at the moment: {}", e.getMessage());
            isStarting.set(false);
            restart(e instanceof FailedPrecondition ? LONG_PAUSE_MILLIS : PAUSE_MILLIS);
        }
    }

    @Override
    public void started(EtcdWatch started) {
        following.accept(true);
    }

    @Override
    public void events(EtcdWatch source, List<Event> events) {
        heardAt = System.nanoTime();
        Tail to = tail;
        if (to.source != source) {
            return;
        }
        try {
            int start = 0;
            for (int end = 1; end <= events.size(); end++) {
                long revision = events.get(start).getKv().getModRevision();
                if (end == events.size() || events.get(end).getKv().getModRevision() != revision) {
                    apply(ReplicatedCommit.of(keys, revision, events.subList(start, end)), to);
                    start = end;
                }
            }
        } catch (ImageException.DataLoss e) {
            to.applied = CompletableFuture.failedFuture(e);
        }
        to.applied.whenComplete((applied, error) -> {
            if (error == null) {
                source.next();
            } else {
                log.warn("the store does not take what etcd has: {}", error.getMessage());
                end(source, LONG_PAUSE_MILLIS);
            }
        });
    }

    /** Has the view take a commit, behind those before, which it may not have yet. */
    private void apply(ReplicatedCommit commit, Tail to) {
        CommitMark mark = commit.mark();
        if (mark != null) { // it is committed, whether or not the view takes it
            clock.follow(ImageProtos.fromProto(mark.getTime()));
            attempts.seen(mark.getAttempt(), commit.revision());
        }
        CompletableFuture<Long> applied = to.applied;
        if (!commit.images().isEmpty()) {
            long before = to.commit;
            to.commit = commit.revision();
            applied = committer.replicate(commit.bytes(), transaction -> {
                requireApplied(before, transaction.revision());
                commit.apply(transaction);
            });
        }
        to.applied = applied.thenApply(done -> {
            progress.applied(commit.revision());
            return done;
        });
    }

    /** Refuses a commit when the view did not take the one before it, such as when the disk was full for a moment. */
    private static void requireApplied(long before, long last) {
        if (last < before) {
            throw new ImageException.Unavailable(
                    "the view has revision " + last + ", and misses that of revision " + before, null);
        }
    }

    @Override
    public void ended(EtcdWatch ended, Status reason) {
        if (ended == watch) {
            log.info("the watch of etcd ended, another one begins: {}", reason);
            EtcdMembers.Member failed = member;
            if (failed != null) {
                client.members().leave(failed);
            }
            end(ended, PAUSE_MILLIS);
        }
    }

    @Override
    public void compacted(EtcdWatch ended, long oldest) {
        log.error(
                "etcd does not keep what this daemon missed: it has revision {}, and etcd keeps {} and later; start the daemon"
                        + " again to read all images",
                progress.applied(),
                oldest);
        end(ended, LONG_PAUSE_MILLIS);
    }

    private void end(EtcdWatch ended, long pauseMillis) {
        synchronized (this) {
            if (ended != watch) {
                return;
            }
            watch = null;
        }
        following.accept(false);
        ended.cancel();
        restart(pauseMillis);
    }

    @Override
    public void close() {
        executor.shutdownNow();
        EtcdWatch current = watch;
        watch = null;
        if (current != null) {
            current.cancel();
        }
    }
}
