package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * Both directions between a change and its stored value: the frame, seconds (8 bytes) and nanoseconds (4) of the time,
 * the kind (1), the previous revision (8), then namespace, name, image before and image after, each with its length (4)
 * before it. Of an image after that {@link #DIFFERS} from the one before, there is how many bytes of that one it begins with (4),
 * how many it ends with (4), and what lies between them, with its length (4). Changes of earlier snapshots hold both images whole.
 */
final class ChangeCodec {
    private static final byte VERSION = 1;

    /** Added to the kind when the image after is told by what differs: an update changes little of an image. */
    private static final byte DIFFERS = 0x10;

    private static final int MAX_FIXED_BYTES =
            Checksum.HEADER_BYTES + Long.BYTES + Integer.BYTES + 1 + Long.BYTES + 6 * Integer.BYTES;

    private ChangeCodec() {}

    /** Returns how many bytes the encoded change has at most. */
    static int maxSize(Change change) {
        return maxSize(Keys.utf8(change.namespace()), Keys.utf8(change.name()), change);
    }

    private static int maxSize(byte[] namespace, byte[] name, Change change) {
        return MAX_FIXED_BYTES + namespace.length + name.length + change.before().length + change.after().length;
    }

    static byte[] encode(byte[] key, Change change) {
        byte[] namespace = Keys.utf8(change.namespace());
        byte[] name = Keys.utf8(change.name());
        boolean isUpdate = change.kind() == Change.Kind.UPDATE;
        ByteBuffer out = ByteBuffer.allocate(maxSize(namespace, name, change));
        out.position(Checksum.HEADER_BYTES)
                .putLong(change.time().getEpochSecond())
                .putInt(change.time().getNano())
                .put((byte) (change.kind().number + (isUpdate ? DIFFERS : 0)))
                .putLong(change.previous());
        put(out, namespace);
        put(out, name);
        put(out, change.before());
        if (isUpdate) {
            putDifference(out, change.before(), change.after());
        } else {
            put(out, change.after());
        }
        return Checksum.seal(VERSION, key, Arrays.copyOf(out.array(), out.position()));
    }

    /** @throws ImageException.DataLoss when the value is damaged, naming the revision */
    static Change decode(byte[] key, byte[] value) {
        long revision = ByteBuffer.wrap(key).getLong();
        String what = "the change of revision " + revision;
        String problem = Checksum.problem(VERSION, key, value, Checksum.HEADER_BYTES);
        if (problem != null) {
            throw new ImageException.DataLoss(what + " " + problem, null);
        }
        ByteBuffer in = ByteBuffer.wrap(value).position(Checksum.HEADER_BYTES);
        try {
            Instant time = Instant.ofEpochSecond(in.getLong(), in.getInt());
            byte number = in.get();
            boolean differs = number == Change.Kind.UPDATE.number + DIFFERS;
            Change.Kind kind = differs ? Change.Kind.UPDATE : kind(number, what);
            long previous = in.getLong();
            String namespace = new String(take(in), StandardCharsets.UTF_8);
            String name = new String(take(in), StandardCharsets.UTF_8);
            byte[] before = take(in);
            byte[] after = differs ? takeDifference(in, before) : take(in);
            return new Change(revision, time, kind, namespace, name, previous, before, after);
        } catch (BufferUnderflowException | NegativeArraySizeException | IndexOutOfBoundsException e) {
            throw new ImageException.DataLoss(what + " is damaged: it ends too early", e);
        } catch (DateTimeException | ArithmeticException e) {
            throw new ImageException.DataLoss(what + " is damaged: its time is out of range", e);
        }
    }

    private static Change.Kind kind(byte number, String what) {
        for (Change.Kind kind : Change.Kind.values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        throw new ImageException.DataLoss(what + " is of unknown kind " + number, null);
    }

    private static void put(ByteBuffer out, byte[] bytes) {
        out.putInt(bytes.length).put(bytes);
    }

    private static void putDifference(ByteBuffer out, byte[] before, byte[] after) {
        int shorter = Math.min(before.length, after.length);
        int mismatch = Arrays.mismatch(before, after);
        int start = mismatch < 0 ? shorter : mismatch;
        int end = 0;
        while (end < shorter - start && before[before.length - 1 - end] == after[after.length - 1 - end]) {
            end++;
        }
        int length = after.length - start - end;
        out.putInt(start).putInt(end).putInt(length).put(after, start, length);
    }

    private static byte[] takeDifference(ByteBuffer in, byte[] before) {
        int start = in.getInt();
        int end = in.getInt();
        byte[] between = take(in);
        Objects.checkFromIndexSize(start, end, before.length);
        return ByteBuffer.allocate(start + between.length + end)
                .put(before, 0, start)
                .put(between)
                .put(before, before.length - end, end)
                .array();
    }

    private static byte[] take(ByteBuffer in) {
        byte[] bytes = new byte[Math.min(in.getInt(), in.remaining() + 1)];
        in.get(bytes);
        return bytes;
    }
}
