package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * Both directions between a change and its stored value: the frame, seconds (8 bytes) and nanoseconds (4) of the time,
 * the kind (1), the previous revision (8), then namespace, name, image before and image after, each with its length (4) before it.
 */
final class ChangeCodec {
    private static final byte VERSION = 1;

    private static final int FIXED_BYTES =
            Checksum.HEADER_BYTES + Long.BYTES + Integer.BYTES + 1 + Long.BYTES + 4 * Integer.BYTES;

    private ChangeCodec() {}

    /** Returns how many bytes the encoded change has. */
    static int size(Change change) {
        return size(Keys.utf8(change.namespace()), Keys.utf8(change.name()), change);
    }

    private static int size(byte[] namespace, byte[] name, Change change) {
        return FIXED_BYTES + namespace.length + name.length + change.before().length + change.after().length;
    }

    static byte[] encode(byte[] key, Change change) {
        byte[] namespace = Keys.utf8(change.namespace());
        byte[] name = Keys.utf8(change.name());
        ByteBuffer out = ByteBuffer.allocate(size(namespace, name, change));
        out.position(Checksum.HEADER_BYTES)
                .putLong(change.time().getEpochSecond())
                .putInt(change.time().getNano())
                .put(change.kind().number)
                .putLong(change.previous());
        put(out, namespace);
        put(out, name);
        put(out, change.before());
        put(out, change.after());
        return Checksum.seal(VERSION, key, out.array());
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
            Change.Kind kind = kind(in.get(), what);
            long previous = in.getLong();
            return new Change(
                    revision,
                    time,
                    kind,
                    new String(take(in), StandardCharsets.UTF_8),
                    new String(take(in), StandardCharsets.UTF_8),
                    previous,
                    take(in),
                    take(in));
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
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

    private static byte[] take(ByteBuffer in) {
        byte[] bytes = new byte[Math.min(in.getInt(), in.remaining() + 1)];
        in.get(bytes);
        return bytes;
    }
}
