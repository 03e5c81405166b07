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
 * zigzag one. In version 3 the revision follows that created the image, and then the cause, if it is known: actor, request id, hash
 * of the request, reason, and undone revision. A change that creates an image without a cause has version 2.
 *
 * <p>An image is stored as its difference from other bytes: the image after from the image before, and the first image of a change
 * from the encoded field of its name. The difference is how many bytes the two share at the start, how many they share at the
 * end, and the bytes between these.
 *
 * <p>Version 1 is only read. Its numbers have a fixed length (8 bytes; 4 for nanoseconds and lengths), and its images are whole.
 */
public final class ChangeCodec {
    private static final byte VERSION_OF_WHOLE_IMAGES = 1;
    private static final byte VERSION_OF_SCHEMA_2 = 2;
    private static final byte VERSION = 3;

    /** More than the frame, the time, the kind, the revisions and all lengths take. */
    private static final int MAX_FIXED_BYTES = 192;

    /** The most bytes of a character of a text, in UTF-8. */
    private static final int MAX_CHARACTER_BYTES = 3;

    private static final int NAME_TAG = dev.imaged.proto.images.v1.Image.NAME_FIELD_NUMBER << 3 | 2;

    private ChangeCodec() {}

    /** Returns how many bytes the encoded change has at most, in any version. */
    public static int maxSize(Change change) {
        return maxSize(Keys.utf8(change.namespace()), Keys.utf8(change.name()), change);
    }

    private static int maxSize(byte[] namespace, byte[] name, Change change) {
        Cause cause = change.cause();
        int texts = cause.actor().length()
                + cause.requestId().length()
                + cause.reason().length();
        return MAX_FIXED_BYTES
                + namespace.length
                + name.length
                + change.before().length
                + change.after().length
                + MAX_CHARACTER_BYTES * texts
                + cause.requestHash().size();
    }

    /** Returns the value of a change. */
    public static byte[] encode(byte[] key, Change change) {
        byte[] namespace = Keys.utf8(change.namespace());
        byte[] name = Keys.utf8(change.name());
        byte[] value = new byte[maxSize(namespace, name, change)];
        boolean hasCause = !change.cause().equals(Cause.UNKNOWN);
        boolean hasMore = hasCause || change.created() != createdBySelf(change.kind(), change.revision());
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
            if (hasMore) {
                out.writeUInt64NoTag(change.created());
            }
            if (hasCause) {
                write(out, change.cause());
            }
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return ValueFrame.seal(
                hasMore ? VERSION : VERSION_OF_SCHEMA_2, key, Arrays.copyOf(value, value.length - out.spaceLeft()));
    }

    /**
     * Returns the change that a value holds.
     *
     * @throws ImageException.DataLoss when the value is damaged, naming the revision
     */
    public static Change decode(byte[] key, byte[] value) {
        String what = "the change of revision " + Keys.revision(key);
        byte version = value.length > 0 && isKnown(value[0]) ? value[0] : VERSION;
        String problem = ValueFrame.problem(version, key, value, ValueFrame.HEADER_BYTES);
        if (problem != null) {
            throw new ImageException.DataLoss(what + " " + problem, null);
        }
        int length = value.length - ValueFrame.HEADER_BYTES;
        CodedInputStream in = CodedInputStream.newInstance(value, ValueFrame.HEADER_BYTES, length);
        try {
            return version == VERSION_OF_WHOLE_IMAGES ? readWhole(in, key) : read(in, key, version);
        } catch (IOException | IndexOutOfBoundsException e) {
            throw new ImageException.DataLoss(what + " is damaged: it ends too early", e);
        } catch (DateTimeException | ArithmeticException e) {
            throw new ImageException.DataLoss(what + " is damaged: its time is out of range", e);
        } catch (IllegalArgumentException e) {
            throw new ImageException.DataLoss(what + " is " + e.getMessage(), e);
        }
    }

    private static boolean isKnown(byte version) {
        return version >= VERSION_OF_WHOLE_IMAGES && version <= VERSION;
    }

    private static Change read(CodedInputStream in, byte[] key, byte version) throws IOException {
        Instant time = Instant.ofEpochSecond(in.readSInt64(), in.readUInt32());
        Change.Kind kind = Change.Kind.of(in.readRawByte());
        long previous = in.readUInt64();
        String namespace = utf8(in.readByteArray());
        byte[] name = in.readByteArray();
        byte[] first = nameField(name);
        byte[] before = readDifference(in, first);
        byte[] after = readDifference(in, before.length > 0 ? before : first);
        long created = version == VERSION ? in.readUInt64() : createdBySelf(kind, Keys.revision(key));
        Cause cause = version == VERSION && !in.isAtEnd() ? readCause(in) : Cause.UNKNOWN;
        return new Change(
                Keys.revision(key),
                Keys.index(key),
                time,
                kind,
                namespace,
                utf8(name),
                previous,
                created,
                before,
                after,
                cause);
    }

    /** Returns the revision that created the image of a change, as far as the change says it itself. */
    private static long createdBySelf(Change.Kind kind, long revision) {
        return kind == Change.Kind.CREATE ? revision : 0;
    }

    private static void write(CodedOutputStream out, Cause cause) throws IOException {
        out.writeStringNoTag(cause.actor());
        out.writeStringNoTag(cause.requestId());
        out.writeBytesNoTag(cause.requestHash());
        out.writeStringNoTag(cause.reason());
        out.writeUInt64NoTag(cause.undoneRevision());
    }

    private static Cause readCause(CodedInputStream in) throws IOException {
        return new Cause(in.readString(), in.readString(), in.readBytes(), in.readString(), in.readUInt64());
    }

    private static Change readWhole(CodedInputStream in, byte[] key) throws IOException {
        Instant time = Instant.ofEpochSecond(Long.reverseBytes(in.readFixed64()), readInt(in));
        Change.Kind kind = Change.Kind.of(in.readRawByte());
        long previous = Long.reverseBytes(in.readFixed64());
        String namespace = utf8(in.readRawBytes(readInt(in)));
        String name = utf8(in.readRawBytes(readInt(in)));
        byte[] before = in.readRawBytes(readInt(in));
        byte[] after = in.readRawBytes(readInt(in));
        return new Change(
                Keys.revision(key),
                Keys.index(key),
                time,
                kind,
                namespace,
                name,
                previous,
                createdBySelf(kind, Keys.revision(key)),
                before,
                after,
                Cause.UNKNOWN);
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
