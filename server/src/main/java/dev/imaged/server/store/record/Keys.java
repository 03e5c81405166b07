package dev.imaged.server.store.record;

import dev.imaged.images.Image;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds the keys that {@link Schema} draws. By their grammar, a namespace and a digest hold no 0x00. A name comes last, and is
 * not escaped.
 */
public final class Keys {
    static final byte SEPARATOR = 0;

    /** Follows a 0x00 that is part of a component. It is not a byte of UTF-8, and sorts behind all that are. */
    public static final byte ESCAPED = (byte) 0xFF;

    private Keys() {}

    /** The prefix of all images of a namespace. */
    public static byte[] images(String namespace) {
        return new Builder().plain(namespace).bytes();
    }

    public static byte[] image(String namespace, String name) {
        return concat(images(namespace), utf8(name));
    }

    /** The least key behind all that start with {@code prefix}, which ends with the separator. */
    public static byte[] end(byte[] prefix) {
        byte[] end = prefix.clone();
        end[end.length - 1] = SEPARATOR + 1;
        return end;
    }

    /** The namespace in the key of an image. */
    public static String namespace(byte[] image) {
        return new String(image, 0, NamePosition.AFTER_NAMESPACE.in(image) - 1, StandardCharsets.UTF_8);
    }

    /** The name in the key of an image. */
    public static String name(byte[] image) {
        int offset = NamePosition.AFTER_NAMESPACE.in(image);
        return new String(image, offset, image.length - offset, StandardCharsets.UTF_8);
    }

    /** The prefix of all images of a digest, in the order of their names. */
    public static byte[] digest(String namespace, String digest) {
        return new Builder().plain(namespace).plain(digest).bytes();
    }

    /** The prefix of all images whose digest starts with these characters. */
    public static byte[] digestPrefix(String namespace, String start) {
        return concat(images(namespace), utf8(start));
    }

    /** The prefix of all images that have a label. */
    public static byte[] label(String namespace, String key) {
        return new Builder().plain(namespace).escaped(key).bytes();
    }

    /** The prefix of all images that have a label of this value, in the order of their names. */
    public static byte[] label(String namespace, String key, String value) {
        return new Builder().plain(namespace).escaped(key).escaped(value).bytes();
    }

    /** The entry of an image in the index of digests. */
    public static byte[] digestEntry(String namespace, Image image) {
        return concat(digest(namespace, image.target().digest()), utf8(image.name()));
    }

    /** The entry of an image in the index of labels, for one of its labels. */
    public static byte[] labelEntry(String namespace, String name, String label, String value) {
        return concat(label(namespace, label, value), utf8(name));
    }

    /** The entry of a request id, which is for its namespace only. */
    public static byte[] request(String namespace, String id) {
        return concat(images(namespace), utf8(id));
    }

    public static byte[] revision(long revision) {
        return ByteBuffer.allocate(Long.BYTES).putLong(revision).array();
    }

    /** The key of a change: the revision of its commit, and behind the first change of a commit an index of two bytes. */
    public static byte[] change(long revision, int index) {
        if (index == 0) {
            return revision(revision);
        }
        return ByteBuffer.allocate(Long.BYTES + Short.BYTES)
                .putLong(revision)
                .putShort((short) index)
                .array();
    }

    /** The revision in the key of a change. */
    public static long revision(byte[] change) {
        return ByteBuffer.wrap(change).getLong();
    }

    /** The index in the key of a change. */
    public static int index(byte[] change) {
        return change.length == Long.BYTES
                ? 0
                : Short.toUnsignedInt(ByteBuffer.wrap(change).getShort(Long.BYTES));
    }

    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static byte[] concat(byte[] prefix, byte[] rest) {
        byte[] key = Arrays.copyOf(prefix, prefix.length + rest.length);
        System.arraycopy(rest, 0, key, prefix.length, rest.length);
        return key;
    }

    /** Appends components, each followed by the separator. */
    private static final class Builder {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

        Builder plain(String component) {
            out.writeBytes(utf8(component));
            out.write(SEPARATOR);
            return this;
        }

        Builder escaped(String component) {
            if (component.indexOf(0) < 0) {
                return plain(component);
            }
            for (byte b : utf8(component)) {
                out.write(b);
                if (b == SEPARATOR) {
                    out.write(ESCAPED);
                }
            }
            out.write(SEPARATOR);
            return this;
        }

        byte[] bytes() {
            return out.toByteArray();
        }
    }
}
