package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The engine of one of several equal daemons over an etcd cluster. etcd decides and orders all commits. The daemon keeps them in a store
 * of its own, the view, which one watch feeds, and answers from that.
 */
public final class EtcdEngine implements ImageEngine {
    /** What waited for the view is answered on these. */
    private static final int ANSWER_THREADS = 2;

    /** Only the follower writes, and it waits for each response of its watch. */
    private static final WriteLimits VIEW_LIMITS = new WriteLimits(Integer.MAX_VALUE, Long.MAX_VALUE);

    private final EtcdClient client;
    private final StoreEngine view;
    private final EtcdWriter writer;
    private final ImageTransactions transactions;
    private final Follower follower;
    private final Barrier barrier;
    private final ThreadPoolExecutor answers;
    private final EtcdConfig.Reads reads;
    private final Serving serving = new Serving();

    private EtcdEngine(
            EtcdClient client,
            EtcdKeys keys,
            EtcdConfig.Reads reads,
            Database database,
            StoreEngine opened,
            Clock clock,
            Duration keepsRequests,
            WriteLimits limits) {
        this.reads = reads;
        this.client = client;
        this.answers = new ThreadPoolExecutor(
                ANSWER_THREADS, ANSWER_THREADS, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), EtcdEngine::thread);
        answers.allowCoreThreadTimeOut(true);
        Executor unlessClosed = task -> {
            if (!answers.isShutdown()) {
                answers.execute(task);
            }
        };
        CommitClock times = new CommitClock(clock, StoreEngine.lastCommit(database));
        UUID life = database.read(Meta::instanceId);
        Attempts attempts = new Attempts();
        ViewProgress progress = new ViewProgress(unlessClosed);
        this.follower =
                new Follower(client, keys, database, opened.committer(), progress, attempts, times, serving::following);
        this.barrier = new Barrier(client, keys, life, progress, unlessClosed, follower::lagging);
        CommitSender sender = new CommitSender(client, keys, life, progress, barrier, attempts, times, keepsRequests);
        ScheduledThreadPoolExecutor proposing = EtcdWriter.executor();
        this.writer = new EtcdWriter(
                limits,
                proposing,
                new Proposer(database, barrier, sender, new SoleRight(client, keys, progress), times, proposing));
        this.view = opened.writingThrough(writer);
        this.transactions = new EtcdTransactions(view.transactions(), client, keys, life);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "view");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Opens the engine on a database, which it closes in the end. It reads all images from etcd if the database does not have them.
     *
     * @param cacheBytes how much of the heap images may take, in bytes; 0 to keep none
     * @param clock the time of creations and updates
     * @throws ImageException.FailedPrecondition when the database has images of its own, or is ahead of etcd
     * @throws ImageException.Unavailable when etcd does not answer
     */
    public static EtcdEngine open(
            EtcdConfig config,
            Database database,
            long cacheBytes,
            Clock clock,
            Retention retention,
            WriteLimits limits) {
        EtcdKeys keys = new EtcdKeys(config.prefix());
        EtcdClient client = prepare(config, keys, database);
        StoreEngine opened = StoreEngine.openView(database, cacheBytes, clock, retention, VIEW_LIMITS);
        EtcdEngine engine =
                new EtcdEngine(client, keys, config.reads(), database, opened, clock, retention.maxAge(), limits);
        opened.onServing(engine.serving::storing);
        engine.follower.start();
        return engine;
    }

    /** Returns a client, once the database can follow etcd; otherwise closes both. */
    private static EtcdClient prepare(EtcdConfig config, EtcdKeys keys, Database database) {
        EtcdClient client = null;
        try {
            client = new EtcdClient(config);
            new ViewStart(client, keys, database).prepare();
            return client;
        } catch (RuntimeException e) {
            if (client != null) {
                client.close();
            }
            database.close();
            throw e;
        }
    }

    @Override
    public String name() {
        return "etcd";
    }

    @Override
    public boolean isAlwaysCurrent() {
        return reads == EtcdConfig.Reads.LOCAL;
    }

    /** Waits for the view to have all that was acknowledged anywhere before. */
    @Override
    public void whenCurrent(Runnable read, Consumer<Throwable> otherwise) {
        barrier.pass().whenComplete((passed, error) -> {
            if (error == null) {
                answers.execute(read);
            } else {
                otherwise.accept(error);
            }
        });
    }

    @Override
    public EncodedImages namespace(String namespace) {
        return view.namespace(namespace);
    }

    @Override
    public ImageCatalog catalog() {
        return view.catalog();
    }

    @Override
    public ImageTransactions transactions() {
        return transactions;
    }

    @Override
    public Maintenance maintenance() {
        return view.maintenance();
    }

    @Override
    public void onServing(ServingListener listener) {
        serving.add(listener);
    }

    @Override
    public void close() {
        follower.close();
        writer.close();
        client.close();
        answers.shutdown();
        view.close();
    }
}
