package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Position;
import dev.imaged.maintenance.Following;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.server.admission.TurnQueue;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.store.kv.CopyOpening;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import dev.imaged.server.store.write.WriteLimits;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of one of several equal daemons over an etcd cluster. etcd decides and orders all commits. The daemon keeps them in a store
 * of its own, the view, which one watch feeds, and answers from that. When etcd cannot bring the view further, the engine makes another
 * one, and nothing is answered until it is there.
 */
public final class EtcdEngine implements ImageEngine {
    private static final Logger log = LoggerFactory.getLogger(EtcdEngine.class);

    /** Threads that answer reads that waited for the view. */
    private static final int ANSWER_THREADS = 2;

    /** How often the engine looks how far the view is behind. */
    private static final long LOOK_MILLIS = 1000;

    /** How long etcd keeps revisions for daemons that are away. */
    private static final Duration KEPT = Duration.ofMinutes(30);

    /** How long no other daemon takes over when the one is gone that drops old revisions, and how often it does so. */
    private static final Duration COMPACTOR_LEASE = Duration.ofMinutes(5);

    private static final long COMPACT_SECONDS = 60;

    /** How long to wait after a view could not be made because etcd does not answer, or is not what it should be. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final EtcdClient client;
    private final ViewSource source;
    private final EtcdConfig.Reads reads;
    private final Serving serving = new Serving();
    private final ThreadPoolExecutor answers;

    /** The reads that may run now, of connections that take turns. */
    private final TurnQueue<Runnable> waiting = new TurnQueue<>();

    /** Looks at the view; nothing on it waits. */
    private final ScheduledThreadPoolExecutor observer;

    /** Makes views. */
    private final ScheduledThreadPoolExecutor maker;

    /** For the thread of the maker. */
    private final ViewPauses pauses = new ViewPauses();

    /** When the last view was made; for the thread of the maker. */
    private long madeAt;

    /** Set under the lock of this object. */
    private volatile boolean closed;

    /** Null while there is none. */
    private volatile @Nullable View view;

    private EtcdEngine(EtcdClient client, ViewSource source, EtcdConfig.Reads reads) {
        this.client = client;
        this.source = source;
        this.reads = reads;
        this.answers = new ThreadPoolExecutor(
                ANSWER_THREADS,
                ANSWER_THREADS,
                1,
                TimeUnit.MINUTES,
                new LinkedBlockingQueue<>(),
                task -> thread(task, "view", 0));
        answers.allowCoreThreadTimeOut(true);
        this.observer = new ScheduledThreadPoolExecutor(1, task -> thread(task, "view-observer", 0));
        this.maker = new ScheduledThreadPoolExecutor(1, task -> thread(task, "view-maker", Committer.STACK_BYTES));
        maker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    private static Thread thread(Runnable task, String name, long stackBytes) {
        Thread thread = new Thread(null, task, name, stackBytes);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Opens the engine on a database, which it closes in the end. It reads all images from etcd if the database does not have them.
     *
     * @param databases opens the database, for the first time and again after the engine has closed it
     * @param cacheBytes how much of the heap images may take, in bytes; 0 to keep none
     * @param clock the time of creations and updates
     * @throws ImageException.FailedPrecondition when the database has images of its own, or is ahead of etcd
     * @throws ImageException.Unavailable when etcd does not answer
     */
    public static EtcdEngine open(
            EtcdConfig config,
            CopyOpening databases,
            long cacheBytes,
            Clock clock,
            Retention retention,
            WriteLimits limits) {
        EtcdClient client = new EtcdClient(config);
        EtcdKeys keys = new EtcdKeys(config.prefix());
        EtcdEngine engine = new EtcdEngine(
                client,
                new ViewSource(client, keys, databases, cacheBytes, clock, retention, limits, new UnreadableKeys()),
                config.reads());
        try {
            CompletableFuture.runAsync(() -> engine.makeView(false), engine.maker)
                    .join();
        } catch (CompletionException e) {
            engine.close();
            throw e.getCause() instanceof RuntimeException known ? known : e;
        }
        engine.observer.scheduleWithFixedDelay(lasting(engine::look), 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        Compactor compactor = new Compactor(client, keys, KEPT, COMPACTOR_LEASE);
        engine.observer.scheduleWithFixedDelay(
                lasting(compactor::run), COMPACT_SECONDS, COMPACT_SECONDS, TimeUnit.SECONDS);
        return engine;
    }

    /** Returns a task that is repeated even after it threw something. */
    private static Runnable lasting(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                log.error("a task of the view failed; it is repeated", e);
            }
        };
    }

    private void makeView(boolean fills) {
        View made = source.open(fills, serving::storing, () -> closed, this::replace);
        madeAt = System.nanoTime();
        view = made;
        made.start();
    }

    /** Makes another view instead of one that cannot be brought further. It does not block. */
    private synchronized void replace(View outdated) {
        if (closed || view != outdated) {
            return; // the end of the engine closes it
        }
        view = null;
        serving.following(false);
        maker.execute(() -> {
            try {
                outdated.drop();
            } catch (RuntimeException | Error e) { // whatever it was, the daemon has to come back
                log.error("the view before is not closed as it should be", e);
            }
            makeAfter(pauses.after(Duration.ofNanos(System.nanoTime() - madeAt)));
        });
    }

    private synchronized void makeAfter(Duration pause) {
        if (closed) {
            return;
        }
        if (pause.compareTo(PAUSE) > 0) {
            log.warn("the view is built again in {} s, because those before did not last", pause.toSeconds());
        }
        maker.schedule(this::makeAnother, pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void makeAnother() {
        try {
            makeView(true);
        } catch (ImageException e) {
            log.warn("the view cannot be built at the moment: {}", e.getMessage());
            boolean isOfEtcd = e instanceof Unavailable || e instanceof FailedPrecondition;
            makeAfter(isOfEtcd ? PAUSE : pauses.after(Duration.ZERO));
        } catch (RuntimeException | Error e) { // whatever it was, the daemon has to come back
            log.error("the view cannot be built at the moment", e);
            makeAfter(pauses.after(Duration.ZERO));
        }
    }

    private void look() {
        View now = view;
        if (now != null) {
            follows(now, now.lag().isCurrent());
            now.look(() -> follows(now, true));
        }
    }

    /** Says whether a view is current, unless another takes its place. */
    private synchronized void follows(View now, boolean isCurrent) {
        if (view == now) {
            serving.following(isCurrent);
        }
    }

    @Override
    public String name() {
        return "etcd";
    }

    @Override
    public boolean isAlwaysCurrent() {
        return false; // local reads wait, too, if they name a position that the view does not have
    }

    /** Waits for the view to have all that was acknowledged anywhere before, or that the read asks for. Local reads wait for the latter. */
    @Override
    public void whenCurrent(CurrentRead read) {
        View now = view;
        Position enough = read.notBefore();
        if (now == null) {
            read.otherwise().accept(noView());
        } else if (!read.isForWrite() && (enough == null ? reads == EtcdConfig.Reads.LOCAL : now.has(enough))) {
            read.read().run();
        } else {
            now.whenCurrent().whenComplete((passed, error) -> answer(read, error));
        }
    }

    private void answer(CurrentRead read, @Nullable Throwable error) {
        waiting.add(
                read.owner(),
                error == null ? read.read() : () -> read.otherwise().accept(error));
        try {
            answers.execute(this::answerNext);
        } catch (RejectedExecutionException e) {
            log.debug("the daemon stops: a read is not answered any more", e);
        }
    }

    private void answerNext() {
        Runnable next = waiting.poll();
        if (next != null) {
            next.run();
        }
    }

    /** @throws ImageException.Unavailable while there is none */
    View requireView() {
        View now = view;
        if (now == null) {
            throw noView();
        }
        return now;
    }

    private static ImageException noView() {
        return EtcdErrors.unavailable(
                "this daemon reads all images from etcd: try again later, or another daemon", null);
    }

    @Override
    public EncodedImages namespace(String namespace) {
        return requireView().store().namespace(namespace);
    }

    @Override
    public ImageCatalog catalog() {
        return new CurrentCatalog(() -> requireView().store().catalog());
    }

    @Override
    public ImageTransactions transactions() {
        return new CurrentTransactions(() -> requireView().transactions());
    }

    @Override
    public Maintenance maintenance() {
        return new CurrentMaintenance(this::requireView, this::following);
    }

    private Following following() {
        View now = requireView();
        return new Following(
                now.revisionsBehind(), now.lag().time(), source.unreadable().count());
    }

    @Override
    public void onServing(ServingListener listener) {
        serving.add(listener);
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            maker.shutdown(); // without an interrupt, which could keep a commit from the disk
        }
        observer.shutdownNow();
        View writing = view;
        if (writing != null) {
            writing.endWrites();
        }
        client.close(); // ends what the maker waits for
        boolean interrupted = false;
        while (!maker.isTerminated()) {
            try {
                maker.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        View last = view;
        view = null;
        if (last != null) {
            last.close();
        }
        answers.shutdown();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
