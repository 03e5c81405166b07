package dev.imaged.server.history;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.VersionedImage;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.history.Finding.Property;
import dev.imaged.server.history.LogPiece.Name;
import dev.imaged.server.history.SentWrite.Kind;
import dev.imaged.server.history.SentWrite.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes an image at one daemon that nobody else writes, and reads it at another one. It knows what is stored, so no write may be refused,
 * and a read behind the answer to a write has to see just that. For one thread at a time.
 */
final class SoleWriter implements WritersAtWork.Writer {
    static final String NAMESPACE = "own";
    private static final long PATIENCE_SECONDS = 60;
    private static final long PAUSE_MILLIS = 20;

    private final Name name;
    private final ImageStores own;
    private final ImageStores other;
    private final Random random;

    private List<SentWrite> writes = new ArrayList<>();
    private List<Finding> findings = new ArrayList<>();
    private @Nullable Image stored;

    /** The revision of what is stored, 0 when it is not known. */
    private long revision;

    private final AtomicInteger answers = new AtomicInteger();
    private int sent;
    private int reads;

    SoleWriter(int number, ImageStores own, ImageStores other, long seed) {
        this.name = new Name(NAMESPACE, "own-" + number);
        this.own = own;
        this.other = other;
        this.random = new Random(seed);
    }

    @Override
    public void write(BooleanSupplier stop, Runnable answered) throws InterruptedException {
        while (!stop.getAsBoolean()) {
            if (writeOne()) {
                answers.incrementAndGet();
                answered.run();
                read();
            }
        }
    }

    /** Writes once; returns false when the answer was lost, and what is stored had to be written once more. */
    private boolean writeOne() throws InterruptedException {
        Image present = stored;
        String id = nextId();
        Image next = image(id);
        ImageStore images = own.namespace(NAMESPACE);
        if (present == null) {
            return random.nextBoolean()
                    ? single(id, Kind.PUT, () -> images.create(next))
                    : apply(id, Operation.create(next));
        }
        String digest = present.target().digest().toString();
        return switch (random.nextInt(5)) {
            case 0 -> single(id, Kind.PUT, () -> images.update(next, UpdateMask.all()));
            case 1 ->
                single(id, Kind.DELETE, () -> {
                    images.delete(name.name());
                    return null;
                });
            case 2 ->
                apply(id, Operation.delete(name.name()).ifRevision(revision).ifDigest(digest));
            default -> apply(id, Operation.put(next).ifRevision(revision).ifDigest(digest));
        };
    }

    /** Returns what the ids of its writes start with, and nothing else holds. For any thread. */
    String ids() {
        return name.name() + ".";
    }

    private String nextId() {
        return ids() + sent++;
    }

    private Image image(String id) {
        Descriptor target = new Descriptor("type", RecordingWriter.digest(random.nextInt(100)), 1 + sent);
        return new Image(name.name(), Map.of(SentWrite.LABEL, id), target);
    }

    private boolean single(String id, Kind kind, Supplier<@Nullable Image> call) throws InterruptedException {
        long begin = System.nanoTime();
        try {
            stored = call.get();
            revision = 0;
            record(id, kind, begin, Outcome.ACKNOWLEDGED, stored, null);
            return true;
        } catch (ImageException.Unavailable | ImageException.DeadlineExceeded e) {
            record(id, kind, begin, Outcome.UNKNOWN, null, null);
        } catch (ImageException e) {
            record(id, kind, begin, Outcome.REFUSED, null, null);
            refused(kind + " " + id, e);
        }
        // The daemon executes this write after the earlier one, or has lost the earlier one.
        String again = nextId();
        apply(again, Operation.put(image(again)));
        return false;
    }

    /** Sends a request until it has an answer. */
    private boolean apply(String id, Operation operation) throws InterruptedException {
        Apply request = Apply.of(operation).with(RequestOptions.DEFAULT.withRequestId(id));
        long begin = System.nanoTime();
        while (true) {
            try {
                Applied applied = own.transactions(NAMESPACE).orElseThrow().apply(request);
                VersionedImage image = applied.results().get(0).image();
                stored = image == null ? null : image.image();
                revision = image == null ? 0 : image.revision();
                record(id, Kind.TRANSACTION, begin, Outcome.ACKNOWLEDGED, null, applied);
                return true;
            } catch (ImageException.Unavailable | ImageException.DeadlineExceeded e) {
                if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                    throw new AssertionError(operation + " has no answer", e);
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            } catch (ImageException e) {
                record(id, Kind.TRANSACTION, begin, Outcome.REFUSED, null, null);
                refused(operation + " " + id, e);
                revision = 0;
                return true;
            }
        }
    }

    private void refused(String write, ImageException e) {
        findings.add(new Finding(
                Property.NO_FALSE_CONFLICT,
                write + " was refused when revision " + revision + " of " + stored + " was stored: " + e));
    }

    private void read() {
        Image read;
        try {
            read = other.namespace(NAMESPACE).get(name.name());
        } catch (ImageException.NotFound e) {
            read = null;
        } catch (ImageException.Unavailable | ImageException.DeadlineExceeded e) {
            return;
        }
        reads++;
        if (!Objects.equals(read, stored)) {
            findings.add(new Finding(Property.CURRENT, "the other daemon has " + read + " when stored is " + stored));
        }
    }

    private void record(
            String id, Kind kind, long begin, Outcome outcome, @Nullable Image image, @Nullable Applied applied) {
        long end = outcome == Outcome.UNKNOWN ? Long.MAX_VALUE : System.nanoTime();
        writes.add(
                new SentWrite(id, kind, kind == Kind.TRANSACTION ? null : name, begin, end, outcome, image, applied));
    }

    /** Returns what was written since the last time. */
    List<SentWrite> takeWrites() {
        List<SentWrite> taken = writes;
        writes = new ArrayList<>();
        return taken;
    }

    /** Returns the violations since the last time. */
    List<Finding> takeFindings() {
        List<Finding> taken = findings;
        findings = new ArrayList<>();
        return taken;
    }

    /** Returns how many writes had an answer so far. For any thread. */
    int answers() {
        return answers.get();
    }

    /** Returns how many reads were compared. */
    int reads() {
        return reads;
    }
}
