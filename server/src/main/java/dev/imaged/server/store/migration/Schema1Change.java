package dev.imaged.server.store.migration;

import com.google.protobuf.CodedInputStream;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ValueFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * How schema 1 stored a change: the frame, seconds (8 bytes) and nanoseconds (4) of the time, the kind (1), then namespace, name, image
 * before and image after, each with its length (4) before it. It did not hold the revision of the change before.
 */
final class Schema1Change {
    static final byte VERSION = 1;

    private Schema1Change() {}

    /**
     * Returns the change that a value holds.
     *
     * @param previous the revision of the change of the same name before this one, 0 when there is none
     * @throws DataLoss when the value is damaged, naming the revision
     */
    static Change decode(byte[] key, byte[] value, long previous) {
        long revision = ByteBuffer.wrap(key).getLong();
        String what = "the change of revision " + revision;
        String problem = ValueFrame.problem(VERSION, key, value, ValueFrame.HEADER_BYTES);
        if (problem != null) {
            throw new DataLoss(what + " " + problem, null);
        }
        int length = value.length - ValueFrame.HEADER_BYTES;
        CodedInputStream in = CodedInputStream.newInstance(value, ValueFrame.HEADER_BYTES, length);
        try {
            Instant time = Instant.ofEpochSecond(Long.reverseBytes(in.readFixed64()), readInt(in));
            Change.Kind kind = Change.Kind.of(in.readRawByte());
            return new Change(
                    revision,
                    0,
                    time,
                    kind,
                    readText(in),
                    readText(in),
                    previous,
                    kind == Change.Kind.CREATE ? revision : 0,
                    readBytes(in),
                    readBytes(in),
                    Cause.UNKNOWN);
        } catch (IOException e) {
            throw new DataLoss(what + " is damaged: it ends too early", e);
        } catch (DateTimeException | ArithmeticException e) {
            throw new DataLoss(what + " is damaged: its time is out of range", e);
        } catch (IllegalArgumentException e) {
            throw new DataLoss(what + " is " + e.getMessage(), e);
        }
    }

    private static String readText(CodedInputStream in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    private static byte[] readBytes(CodedInputStream in) throws IOException {
        return in.readRawBytes(readInt(in));
    }

    /** Protobuf's fixed numbers are little endian. */
    private static int readInt(CodedInputStream in) throws IOException {
        return Integer.reverseBytes(in.readFixed32());
    }
}
