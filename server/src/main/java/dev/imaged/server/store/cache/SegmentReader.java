package dev.imaged.server.store.cache;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the records of a range of names into segments. Not thread-safe. */
final class SegmentReader {
    private final Snapshot snapshot;
    private final byte[] prefix;
    private final int segmentBytes;
    private final long maxBytes;
    private final List<ListingSegment> segments = new ArrayList<>();
    private EncodedResponse current = new EncodedResponse();
    private long bytes;

    SegmentReader(Snapshot snapshot, byte[] prefix, int segmentBytes, long maxBytes) {
        this.snapshot = snapshot;
        this.prefix = prefix;
        this.segmentBytes = segmentBytes;
        this.maxBytes = maxBytes;
    }

    /**
     * Reads the records from a key on, up to another or to the end of the namespace.
     *
     * @return false when they take too many bytes
     */
    boolean read(byte[] from, byte @Nullable [] until) {
        byte[][] start = {from};
        Schema.IMAGES.scan(snapshot, prefix, from, (key, value) -> {
            if (until != null && Arrays.compareUnsigned(key, until) >= 0) {
                return false;
            }
            if (current.size() >= segmentBytes) {
                add(start[0]);
                start[0] = key;
            }
            EncodedRecord record = ImageCodec.decode(key, value);
            bytes += record.size();
            if (bytes > maxBytes) {
                return false;
            }
            current.add(record.value(), record.offset(), record.size());
            return true;
        });
        add(start[0]);
        return bytes <= maxBytes;
    }

    private void add(byte[] start) {
        // In one piece, as it is read from many times.
        ByteString images = UnsafeByteOperations.unsafeWrap(current.build().toByteArray());
        segments.add(new ListingSegment(start, images));
        current = new EncodedResponse();
    }

    List<ListingSegment> segments() {
        return segments;
    }

    /** Returns how many bytes the records take that were read. */
    long bytes() {
        return bytes;
    }
}
