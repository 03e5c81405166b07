package dev.imaged.server.store.record;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;

/**
 * Both directions between a change and its stored value: the frame, seconds and nanoseconds of the time, the kind (1 byte), the
 * previous revision, namespace, name, then image before and image after. Numbers and lengths are protobuf's varints, seconds a
 * zigzag one.
 *
 * <p>An image is stored as its difference from other bytes: the image after from the image before, and the first image of a change
 * from the encoded field of its name. The difference is how many bytes the two share at the start, how many they share at the
 * end, and the bytes between these.
 *
 * <p>Version 1 is only read. Its numbers have a fixed length (8 bytes; 4 for nanoseconds and lengths), and its images are whole.
 */
public final class ChangeCodec {
    private static final byte VERSION = 2;
    private static final byte VERSION_OF_WHOLE_IMAGES = 1;

    /** More than the frame, the time, the kind, the revision and all lengths take. */
    private static final int MAX_FIXED_BYTES = 128;

    private static final int NAME_TAG = dev.imaged.proto.images.v1.Image.NAME_FIELD_NUMBER << 3 | 2;

    private ChangeCodec() {}

    /** Returns how many bytes the encoded change has at most, in any version. */
    public static int maxSize(Change change) {
        return maxSize(Keys.utf8(change.namespace()), Keys.utf8(change.name()), change);
    }

    private static int maxSize(byte[] namespace, byte[] name, Change change) {
        return MAX_FIXED_BYTES + namespace.length + name.length + change.before().length + change.after().length;
    }

    public static byte[] encode(byte[] key, Change change) {
        byte[] namespace = Keys.utf8(change.namespace());
        byte[] name = Keys.utf8(change.name());
        byte[] value = new byte[maxSize(namespace, name, change)];
        int length = value.length - ValueFrame.HEADER_BYTES;
        CodedOutputStream out = CodedOutputStream.newInstance(value, ValueFrame.HEADER_BYTES, length);
        try {
            out.writeSInt64NoTag(change.time().getEpochSecond());
            out.writeUInt32NoTag(change.time().getNano());
            out.write(change.kind().number);
            out.writeUInt64NoTag(change.previous());
            out.writeByteArrayNoTag(namespace);
            out.writeByteArrayNoTag(name);
            byte[] first = nameField(name);
            writeDifference(out, first, change.before());
            writeDifference(out, change.before().length > 0 ? change.before() : first, change.after());
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return ValueFrame.seal(VERSION, key, Arrays.copyOf(value, value.length - out.spaceLeft()));
    }

    /**
     * Returns the change that a value holds.
     *
     * @throws ImageException.DataLoss when the value is damaged, naming the revision
     */
    public static Change decode(byte[] key, byte[] value) {
        long revision = ByteBuffer.wrap(key).getLong();
        String what = "the change of revision " + revision;
        boolean isWhole = value.length > 0 && value[0] == VERSION_OF_WHOLE_IMAGES;
        byte version = isWhole ? VERSION_OF_WHOLE_IMAGES : VERSION;
        String problem = ValueFrame.problem(version, key, value, ValueFrame.HEADER_BYTES);
        if (problem != null) {
            throw new ImageException.DataLoss(what + " " + problem, null);
        }
        int length = value.length - ValueFrame.HEADER_BYTES;
        CodedInputStream in = CodedInputStream.newInstance(value, ValueFrame.HEADER_BYTES, length);
        try {
            return isWhole ? readWhole(in, revision) : read(in, revision);
        } catch (IOException | IndexOutOfBoundsException e) {
            throw new ImageException.DataLoss(what + " is damaged: it ends too early", e);
        } catch (DateTimeException | ArithmeticException e) {
            throw new ImageException.DataLoss(what + " is damaged: its time is out of range", e);
        } catch (IllegalArgumentException e) {
            throw new ImageException.DataLoss(what + " is " + e.getMessage(), e);
        }
    }

    private static Change read(CodedInputStream in, long revision) throws IOException {
        Instant time = Instant.ofEpochSecond(in.readSInt64(), in.readUInt32());
        Change.Kind kind = Change.Kind.of(in.readRawByte());
        long previous = in.readUInt64();
        String namespace = utf8(in.readByteArray());
        byte[] name = in.readByteArray();
        byte[] first = nameField(name);
        byte[] before = readDifference(in, first);
        byte[] after = readDifference(in, before.length > 0 ? before : first);
        return new Change(revision, time, kind, namespace, utf8(name), previous, before, after);
    }

    private static Change readWhole(CodedInputStream in, long revision) throws IOException {
        Instant time = Instant.ofEpochSecond(Long.reverseBytes(in.readFixed64()), readInt(in));
        Change.Kind kind = Change.Kind.of(in.readRawByte());
        long previous = Long.reverseBytes(in.readFixed64());
        String namespace = utf8(in.readRawBytes(readInt(in)));
        String name = utf8(in.readRawBytes(readInt(in)));
        byte[] before = in.readRawBytes(readInt(in));
        byte[] after = in.readRawBytes(readInt(in));
        return new Change(revision, time, kind, namespace, name, previous, before, after);
    }

    /** Protobuf's fixed numbers are little endian. */
    private static int readInt(CodedInputStream in) throws IOException {
        return Integer.reverseBytes(in.readFixed32());
    }

    private static void writeDifference(CodedOutputStream out, byte[] from, byte[] image) throws IOException {
        int shorter = Math.min(from.length, image.length);
        int mismatch = Arrays.mismatch(from, image);
        int start = mismatch < 0 ? shorter : mismatch;
        int end = 0;
        while (end < shorter - start && from[from.length - 1 - end] == image[image.length - 1 - end]) {
            end++;
        }
        out.writeUInt32NoTag(start);
        out.writeUInt32NoTag(end);
        out.writeUInt32NoTag(image.length - start - end);
        out.write(image, start, image.length - start - end);
    }

    private static byte[] readDifference(CodedInputStream in, byte[] from) throws IOException {
        int start = in.readUInt32();
        int end = in.readUInt32();
        byte[] between = in.readByteArray();
        Objects.checkFromIndexSize(start, end, from.length);
        return ByteBuffer.allocate(start + between.length + end)
                .put(from, 0, start)
                .put(between)
                .put(from, from.length - end, end)
                .array();
    }

    /** Returns the first field of an encoded image, which is its name. */
    private static byte[] nameField(byte[] name) {
        int length = CodedOutputStream.computeUInt32SizeNoTag(name.length);
        byte[] field = new byte[1 + length + name.length];
        CodedOutputStream out = CodedOutputStream.newInstance(field);
        try {
            out.writeUInt32NoTag(NAME_TAG);
            out.writeByteArrayNoTag(name);
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return field;
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
