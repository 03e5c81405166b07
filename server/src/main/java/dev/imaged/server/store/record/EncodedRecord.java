package dev.imaged.server.store.record;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.util.Arrays;

/**
 * A stored image: its revisions, and the message as it goes to the wire.
 *
 * @param createdRevision the revision that created the name
 * @param modifiedRevision the revision of the last change
 * @param value the stored bytes
 * @param offset where in the value the message starts; it ends with the value
 */
public record EncodedRecord(long createdRevision, long modifiedRevision, byte[] value, int offset) {
    public ByteString message() {
        return UnsafeByteOperations.unsafeWrap(value, offset, size());
    }

    public int size() {
        return value.length - offset;
    }

    public byte[] messageBytes() {
        return Arrays.copyOfRange(value, offset, value.length);
    }
}
