package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.images.Position;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Clock;
import java.util.HashSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of what etcd has, and all that keeps it current, waits for it and writes by it. Once etcd cannot bring it further, because it
 * dropped what comes next or began a new life, or once its database is damaged, it is closed, and another view is made. Thread-safe.
 */
final class View implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(View.class);

    private final UUID life;
    private final ViewDatabase database;
    private final StoreEngine store;
    private final EtcdWriter writer;
    private final ImageTransactions transactions;
    private final Follower follower;
    private final Barrier barrier;
    private final ViewLag lag = new ViewLag();
    private final ViewProgress progress;
    private final AtomicBoolean isLooking = new AtomicBoolean();
    private final AtomicBoolean isOutdated = new AtomicBoolean();
    private final Consumer<View> whenOutdated;

    /**
     * Makes a view that does not follow yet.
     *
     * @param whole the revision up to which the database has everything
     * @param outdated called once, with the view, when another one has to be made; it must not block
     */
    View(
            EtcdClient client,
            EtcdKeys keys,
            UnreadableKeys unreadable,
            ViewDatabase database,
            StoreEngine opened,
            long whole,
            Clock clock,
            WriteLimits limits,
            Consumer<View> outdated) {
        this.database = database;
        this.whenOutdated = outdated;
        CommitClock times = new CommitClock(clock, StoreEngine.lastCommit(database));
        this.life = database.read(Meta::instanceId);
        Attempts attempts = new Attempts();
        this.progress = new ViewProgress(whole);
        this.follower = new Follower(
                client,
                keys,
                unreadable,
                life,
                database,
                opened.committer(),
                progress,
                attempts,
                times,
                this::outdated,
                System::nanoTime);
        this.barrier = new Barrier(client, keys, life, progress, lag, follower, this::outdated);
        CommitSender sender = new CommitSender(client, keys, life, progress, barrier, attempts, times);
        ScheduledThreadPoolExecutor proposing = EtcdWriter.executor();
        this.writer = new EtcdWriter(
                limits,
                proposing,
                new Proposer(
                        database,
                        keys,
                        unreadable,
                        barrier,
                        sender,
                        new SoleRight(client, keys, barrier),
                        times,
                        proposing));
        this.store = opened.writingThrough(writer);
        this.transactions = new EtcdTransactions(store.transactions(), client, keys, life);
    }

    /** Starts to follow etcd. */
    void start() {
        database.whenDamaged(this::damaged);
        follower.start();
    }

    private void damaged() {
        log.warn("the view is damaged: all images are read again");
        outdated();
    }

    private void outdated() {
        if (isOutdated.compareAndSet(false, true)) {
            whenOutdated.accept(this);
        }
    }

    StoreEngine store() {
        return store;
    }

    ImageTransactions transactions() {
        return transactions;
    }

    ViewLag lag() {
        return lag;
    }

    /** Returns how far the newest known commit is ahead. */
    long revisionsBehind() {
        return Math.max(0, lag.newest() - progress.applied());
    }

    /** Whether the view has all up to a position. */
    boolean has(Position position) {
        return position.store().equals(life.toString()) && position.revision() <= progress.applied();
    }

    /** Returns a future that completes once the view has all that was acknowledged anywhere before, as {@link Barrier#pass}. */
    CompletableFuture<Void> whenCurrent() {
        return barrier.pass();
    }

    /**
     * Asks etcd what it has, so that the lag is known even if nobody reads. It does not block.
     *
     * @param current called if the view is current; it must not block
     */
    void look(Runnable current) {
        if (isLooking.compareAndSet(false, true)) {
            barrier.pass().whenComplete((passed, error) -> {
                isLooking.set(false);
                if (error == null) {
                    current.run();
                }
            });
        }
    }

    /** Takes no writes any more, answers those that wait, and gives back what other daemons wait for: etcd has to be called for that. */
    void endWrites() {
        writer.close();
    }

    /** Checks the database. Only what is found twice is damage: a check may meet half of a write that fails. */
    CheckReport check() {
        CheckReport first = store.maintenance().check();
        if (first.isSound()) {
            return first;
        }
        CheckReport again = store.maintenance().check();
        again.problems().stream()
                .filter(new HashSet<>(first.problems())::contains)
                .findFirst()
                .ifPresent(problem -> database.met(new DataLoss(problem, null)));
        return again;
    }

    /** Ends its watches, because the next view has none of its history, and closes it. */
    void drop() {
        try {
            store.endWatches();
            database.noteIfDamaged();
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        try {
            follower.close();
            progress.close();
            writer.close();
        } finally {
            store.close(); // it holds the lock of the folder
        }
    }
}
