package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.server.store.record.Keys;
import java.nio.ByteBuffer;

/**
 * The keys in etcd, below a prefix.
 *
 * <pre>
 * life             -> the id of the store, made by the first daemon
 * m                -> the mark of the last commit, which every commit puts
 * alone            -> who has the right to be the only one that commits, with a lease
 * i/ ns 0x00 name  -> the message of an image; its revisions are those of the key
 * r/ ns 0x00 id    -> the request of that id that was carried out, with a lease; its commit puts it
 * c                -> the id of the daemon that has etcd drop old revisions, with a lease
 * a/ attempt       -> (); an attempt that must not be committed any more, with a lease
 * </pre>
 */
final class EtcdKeys {
    private final ByteString prefix;
    private final ByteString images;

    EtcdKeys(String prefix) {
        this.prefix = ByteString.copyFromUtf8(prefix);
        this.images = this.prefix.concat(ByteString.copyFromUtf8("i/"));
    }

    /** Returns the start of all keys. */
    ByteString prefix() {
        return prefix;
    }

    ByteString life() {
        return prefix.concat(ByteString.copyFromUtf8("life"));
    }

    ByteString mark() {
        return prefix.concat(ByteString.copyFromUtf8("m"));
    }

    ByteString alone() {
        return prefix.concat(ByteString.copyFromUtf8("alone"));
    }

    ByteString compactor() {
        return prefix.concat(ByteString.copyFromUtf8("c"));
    }

    /** Returns the start of the keys of all images. */
    ByteString images() {
        return images;
    }

    /** Returns the key of an image from its key in the store. */
    ByteString image(ByteBuffer storeKey) {
        return images.concat(ByteString.copyFrom(storeKey.duplicate()));
    }

    /** Returns the key of a request id. */
    ByteString request(String namespace, String id) {
        return prefix.concat(ByteString.copyFromUtf8("r/")).concat(ByteString.copyFrom(Keys.request(namespace, id)));
    }

    boolean isImage(ByteString key) {
        return key.startsWith(images);
    }

    /** Returns the key in the store of the key of an image. */
    byte[] storeKey(ByteString key) {
        return key.substring(images.size()).toByteArray();
    }

    ByteString attempt(ByteString attempt) {
        return prefix.concat(ByteString.copyFromUtf8("a/")).concat(attempt);
    }

    /** Returns the least key that is greater than all that start with a prefix, whose last byte is not 0xFF. */
    static ByteString end(ByteString prefix) {
        int last = prefix.size() - 1;
        byte next = (byte) (prefix.byteAt(last) + 1);
        return prefix.substring(0, last).concat(ByteString.copyFrom(new byte[] {next}));
    }
}
