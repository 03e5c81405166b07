package dev.imaged.server.history;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.Transactions;
import dev.imaged.images.Undo;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.history.LogPiece.Name;
import dev.imaged.server.history.SentWrite.Kind;
import dev.imaged.server.history.SentWrite.Outcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes random writes of a few names, one after the other, and records each with its answer. It goes on with the next daemon when one
 * is killed; of a request that lost its answer it sends half again. For one thread at a time.
 */
final class RecordingWriter implements WritersAtWork.Writer {
    static final List<String> NAMESPACES = List.of("blue", "green", "red");
    static final List<String> NAMES =
            List.of("app:latest", "app:previous", "app:v1", "app:v2", "app:v3", "base:1", "base:2", "tool");

    /** What a mark writes last: all of the lists above are in order. */
    static final Name LAST_OF_MARK = new Name("red", "tool");

    static final List<String> TEAMS = List.of("web", "data");
    private static final int DIGESTS = 3;
    private static final int RECENT = 20;

    private final int number;
    private final DaemonAccess daemon;
    private final Random random;

    /** The last commits that it knows of, with their namespaces. */
    private final Deque<Commit> recent = new ArrayDeque<>();

    private List<SentWrite> writes = new ArrayList<>();
    private int sent;

    private record Commit(String namespace, long revision) {}

    RecordingWriter(int number, DaemonAccess daemon, long seed) {
        this.number = number;
        this.daemon = daemon;
        this.random = new Random(seed);
    }

    /** Returns what was written since the last time. */
    List<SentWrite> takeWrites() {
        List<SentWrite> taken = writes;
        writes = new ArrayList<>();
        return taken;
    }

    @Override
    public void write(BooleanSupplier stop, Runnable answered) throws InterruptedException {
        while (!stop.getAsBoolean()) {
            int life = daemon.life();
            try (RemoteImageStores stores = daemon.connect()) {
                boolean hasDaemon = true;
                while (hasDaemon && !stop.getAsBoolean()) {
                    hasDaemon = writeOne(stores);
                    if (hasDaemon) {
                        answered.run();
                    }
                }
                if (hasDaemon) {
                    return;
                }
            }
            daemon.awaitAfter(life);
        }
    }

    /** Writes once; returns false when the daemon is gone. */
    private boolean writeOne(RemoteImageStores stores) throws InterruptedException {
        String namespace = pick(NAMESPACES);
        ImageStore images = stores.namespace(namespace);
        Name name = new Name(namespace, pick(NAMES));
        String id = nextId();
        RequestOptions options = new RequestOptions(id, random.nextBoolean() ? "because" : "", false);
        Image image = image(name.name(), id);
        return switch (random.nextInt(10)) {
            case 0, 1 -> single(id, Kind.PUT, name, () -> images.create(image));
            case 2 -> single(id, Kind.PUT, name, () -> images.update(image, UpdateMask.all()));
            case 3 ->
                single(id, Kind.DELETE, name, () -> {
                    images.delete(name.name());
                    return null;
                });
            case 4 -> {
                Undo undo = new Undo(recent(namespace), random.nextBoolean(), options);
                yield several(id, namespace, stores, other -> other.undo(undo));
            }
            case 5 -> {
                AsOf asOf = AsOf.revision(recent(namespace));
                List<Revert.Target> targets =
                        names(2).stream().map(n -> new Revert.Target(n, asOf)).toList();
                yield several(id, namespace, stores, other -> other.revert(new Revert(targets, options)));
            }
            default -> {
                List<Operation> operations =
                        names(4).stream().map(n -> operation(n, id)).toList();
                Apply apply = Apply.of(operations).with(options);
                yield several(id, namespace, stores, other -> other.apply(apply));
            }
        };
    }

    private String nextId() {
        return "writer-" + number + "." + sent++;
    }

    private Operation operation(String name, String id) {
        return switch (random.nextInt(6)) {
            case 0 -> Operation.delete(name).ignoringMissing();
            case 1 -> Operation.tag(pick(NAMES), name);
            default -> Operation.put(image(name, id));
        };
    }

    private Image image(String name, String id) {
        String digest = digest(random.nextInt(DIGESTS));
        return new Image(
                name, Map.of(SentWrite.LABEL, id, "team", pick(TEAMS)), new Descriptor("type", digest, 1 + sent));
    }

    static String digest(int number) {
        return "sha256:" + "%064x".formatted(number);
    }

    /** Returns a revision of a commit, mostly one of the namespace. */
    private long recent(String namespace) {
        List<Commit> commits = new ArrayList<>(recent);
        List<Commit> here =
                commits.stream().filter(c -> c.namespace().equals(namespace)).toList();
        return here.isEmpty() || random.nextInt(10) == 0
                ? 1 + random.nextInt(20)
                : pick(here).revision();
    }

    /** Writes one image. */
    private boolean single(String id, Kind kind, Name name, Supplier<@Nullable Image> call) {
        long begin = System.nanoTime();
        try {
            Image answer = call.get();
            record(id, kind, name, begin, Outcome.ACKNOWLEDGED, answer, null);
        } catch (ImageException.Unavailable | ImageException.DeadlineExceeded e) {
            record(id, kind, name, begin, Outcome.UNKNOWN, null, null);
            return false;
        } catch (ImageException.NotFound | ImageException.AlreadyExists e) {
            record(id, kind, name, begin, Outcome.REFUSED, null, null);
        }
        return true;
    }

    /** Sends a request of several images. */
    private boolean several(
            String id, String namespace, RemoteImageStores stores, Function<Transactions, Applied> request)
            throws InterruptedException {
        long begin = System.nanoTime();
        int life = daemon.life();
        try {
            answer(id, namespace, begin, stores, request);
            return true;
        } catch (ImageException.Unavailable | ImageException.DeadlineExceeded e) {
            if (random.nextBoolean()) {
                again(id, namespace, begin, life, request);
            } else {
                record(id, Kind.TRANSACTION, null, begin, Outcome.UNKNOWN, null, null);
            }
            return false;
        }
    }

    private void again(String id, String namespace, long begin, int life, Function<Transactions, Applied> request)
            throws InterruptedException {
        daemon.awaitAfter(life);
        try (RemoteImageStores next = daemon.connect()) {
            answer(id, namespace, begin, next, request);
        } catch (ImageException.Unavailable | ImageException.DeadlineExceeded e) {
            record(id, Kind.TRANSACTION, null, begin, Outcome.UNKNOWN, null, null);
        }
    }

    private void answer(
            String id,
            String namespace,
            long begin,
            RemoteImageStores stores,
            Function<Transactions, Applied> request) {
        try {
            Applied applied = request.apply(stores.transactions(namespace).orElseThrow());
            record(id, Kind.TRANSACTION, null, begin, Outcome.ACKNOWLEDGED, null, applied);
            remember(new Commit(namespace, applied.position().revision()));
        } catch (ImageException.NotFound
                | ImageException.AlreadyExists
                | ImageException.Aborted
                | ImageException.OutOfRange e) {
            record(id, Kind.TRANSACTION, null, begin, Outcome.REFUSED, null, null);
        }
    }

    private void remember(Commit commit) {
        recent.add(commit);
        if (recent.size() > RECENT) {
            recent.remove();
        }
    }

    /** A write in each namespace, which all watches match; the revisions are in the order of the namespaces. */
    record Mark(String id, List<Long> revisions) {
        /** Returns the revision of the last write in some namespaces; null stands for all. */
        long last(@Nullable List<String> namespaces) {
            long last = 0;
            for (int i = 0; i < NAMESPACES.size(); i++) {
                if (namespaces == null || namespaces.contains(NAMESPACES.get(i))) {
                    last = revisions.get(i);
                }
            }
            return last;
        }
    }

    /** Writes all names in all namespaces: what a daemon still had to do with them is done then. */
    Mark writeMark(RemoteImageStores stores) throws InterruptedException {
        String id = nextId();
        Map<String, String> labels = Map.of(SentWrite.LABEL, id, "team", TEAMS.get(0));
        List<Operation> operations = new ArrayList<>();
        for (String name : NAMES) {
            operations.add(Operation.put(new Image(name, labels, new Descriptor("type", digest(0), 1))));
        }
        List<Long> revisions = new ArrayList<>();
        for (String namespace : NAMESPACES) {
            String request = id + namespace;
            Apply apply = Apply.of(operations).with(RequestOptions.DEFAULT.withRequestId(request));
            long begin = System.nanoTime();
            Repeated.untilAnswered(() -> {
                answer(request, namespace, begin, stores, transactions -> transactions.apply(apply));
                return request;
            });
            revisions.add(recent.getLast().revision());
        }
        return new Mark(id, revisions);
    }

    private void record(
            String id,
            Kind kind,
            @Nullable Name name,
            long begin,
            Outcome outcome,
            @Nullable Image image,
            @Nullable Applied applied) {
        long end = outcome == Outcome.UNKNOWN ? Long.MAX_VALUE : System.nanoTime();
        writes.add(new SentWrite(id, kind, name, begin, end, outcome, image, applied));
    }

    private List<String> names(int most) {
        List<String> names = new ArrayList<>(NAMES);
        Collections.shuffle(names, random);
        return names.subList(0, 1 + random.nextInt(most));
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
