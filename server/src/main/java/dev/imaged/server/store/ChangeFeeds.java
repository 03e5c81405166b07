package dev.imaged.server.store;

import dev.imaged.errors.ImageException;
import dev.imaged.proto.v1.Change.Match;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.store.FeedGroup.Place;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.write.CommitListener;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All feeds of a store, and the changes of its last commits. The thread that writes only adds changes; another thread, the dispatcher,
 * finds the feeds that they concern and wakes them. A change costs the groups of its namespace, and those of its name, and the feeds
 * that it reaches. While there is no feed, nothing is kept. Thread-safe.
 */
final class ChangeFeeds implements CommitListener, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ChangeFeeds.class);

    /** How much memory the changes of the last commits may take. */
    private static final long RECENT_BYTES = 4L * 1024 * 1024;

    /** How long the filters of a group may look at a change. After one that took longer, its feeds look at all changes themselves. */
    private static final Duration MAX_LOOK = Duration.ofMillis(5);

    private final Database database;
    private final RecentChanges recent;
    private final Map<FeedGroup.Key, FeedGroup> groups = new ConcurrentHashMap<>();
    private final Map<Place, Set<FeedGroup>> places = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private final ThreadPoolExecutor dispatcher;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** The revision up to which each feed knows whether there is anything for it. */
    private volatile long dispatched;

    /** The greatest revision that was dropped, which is the oldest position that works. */
    private volatile long dropped;

    /** What all feeds end with, null while they go on. */
    private volatile @Nullable ImageException end;

    /** @param revision that of the last commit */
    ChangeFeeds(Database database, long revision) {
        this.database = database;
        this.recent = new RecentChanges(RECENT_BYTES, revision);
        this.dispatched = revision;
        this.dispatcher = new ThreadPoolExecutor(
                1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), ChangeFeeds::daemonThread);
        dispatcher.allowCoreThreadTimeOut(true);
    }

    private static Thread daemonThread(Runnable task) {
        Thread thread = new Thread(task, "change-dispatcher");
        thread.setDaemon(true);
        return thread;
    }

    Database database() {
        return database;
    }

    RecentChanges recent() {
        return recent;
    }

    long dispatched() {
        return dispatched;
    }

    long dropped() {
        return dropped;
    }

    /** Returns what a feed has to end with, null while it goes on. */
    @Nullable
    ImageException end() {
        return end;
    }

    /** Ends all feeds with an error, and those that start later. */
    void end(ImageException error) {
        end = error;
        groups.values().forEach(group -> group.feeds().forEach(StoreFeed::wake));
    }

    /** Adds a feed. Once this returns, the feed is told of all changes behind {@link RecentChanges#newest}. */
    FeedGroup join(FeedGroup.Key key, StoreFeed feed) {
        count.incrementAndGet();
        return groups.compute(key, (same, known) -> {
            FeedGroup group = known == null ? new FeedGroup(key) : known;
            group.feeds().add(feed);
            if (known == null) {
                group.places().forEach(place -> places.compute(place, (at, all) -> with(all, group)));
            }
            return group;
        });
    }

    /** Adds a group to those of a place, while nobody else can remove the last of them. */
    private static Set<FeedGroup> with(@Nullable Set<FeedGroup> all, FeedGroup group) {
        Set<FeedGroup> more = all == null ? ConcurrentHashMap.newKeySet() : all;
        more.add(group);
        return more;
    }

    /** Removes a feed, once. */
    void leave(FeedGroup group, StoreFeed feed) {
        groups.compute(group.key(), (key, known) -> {
            group.feeds().remove(feed);
            if (!group.feeds().isEmpty()) {
                return known;
            }
            group.places()
                    .forEach(place -> places.computeIfPresent(place, (at, all) -> {
                        all.remove(group);
                        return all.isEmpty() ? null : all;
                    }));
            return null;
        });
        count.decrementAndGet();
    }

    @Override
    public void committed(List<Change> changes, long droppedRevision) {
        try {
            dropped = Math.max(dropped, droppedRevision);
            if (changes.isEmpty()) {
                return;
            }
            boolean isFollowed = count.get() > 0;
            if (isFollowed) {
                recent.append(changes);
            } else {
                recent.startAfter(changes.get(changes.size() - 1).revision());
            }
            if (isFollowed || count.get() > 0) { // a feed that has just joined may not know of the commit
                schedule();
            }
        } catch (RuntimeException | Error e) { // the commit is done: only its watches are affected
            log.error("the changes in memory are forgotten; watches read the log", e);
            recovered(changes.get(changes.size() - 1).revision());
        }
    }

    @Override
    public void recovered(long revision) {
        recent.startAfter(revision);
        schedule();
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                dispatcher.execute(this::dispatch);
            } catch (RejectedExecutionException e) {
                log.debug("the store is closing: nobody is woken any more", e);
            }
        }
    }

    private void dispatch() {
        scheduled.set(false);
        long newest = recent.newest();
        long from = dispatched;
        if (newest <= from) {
            return;
        }
        Set<FeedGroup> reached = new LinkedHashSet<>();
        boolean isWhole = recent.forEach(from, newest, shared -> {
            reach(shared.change(), reached);
            return true;
        });
        if (!isWhole) {
            reached.addAll(groups.values());
            reached.forEach(group -> group.feeds().forEach(feed -> feed.mark(from + 1, newest)));
        }
        dispatched = newest;
        reached.forEach(group -> group.feeds().forEach(StoreFeed::wake));
    }

    private void reach(Change change, Set<FeedGroup> reached) {
        reach(change, new Place(change.namespace(), null), reached);
        reach(change, new Place(change.namespace(), change.name()), reached);
        reach(change, new Place(null, null), reached);
        reach(change, new Place(null, change.name()), reached);
    }

    private void reach(Change change, Place place, Set<FeedGroup> reached) {
        for (FeedGroup group : places.getOrDefault(place, Set.of())) {
            if (concerns(group, change)) {
                reached.add(group);
                group.feeds().forEach(feed -> feed.mark(change.revision(), change.revision()));
            }
        }
    }

    /** Whether a change may concern a group. Filters that take long are left to the feeds, so that they delay no others. */
    private static boolean concerns(FeedGroup group, Change change) {
        if (group.isSlow()) {
            return true;
        }
        long start = System.nanoTime();
        Cancellation limit = () -> {
            if (System.nanoTime() - start > MAX_LOOK.toNanos()) {
                group.slow();
                throw new CancellationException();
            }
        };
        try {
            return group.match(change, limit) != Match.MATCH_UNSPECIFIED;
        } catch (RuntimeException e) {
            return true; // the feeds meet the same error, and end with it
        }
    }

    @Override
    public void close() {
        dispatcher.shutdown();
    }
}
