package dev.imaged.server.store.cache;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.KeyStarts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All images of a namespace at a revision, in segments, so that a change costs one of them. Immutable and thread-safe.
 *
 * @param database the database that it was read from: one that is opened again may have lost its last revisions
 * @param revision what was committed when it was read
 * @param segments in the order of the names; the first one starts before all images
 */
public record NamespaceListing(Object database, long revision, List<ListingSegment> segments) {
    public NamespaceListing {
        segments = List.copyOf(segments);
    }

    /** Returns how many bytes the images take. */
    public long bytes() {
        long bytes = 0;
        for (ListingSegment segment : segments) {
            bytes += segment.images().size();
        }
        return bytes;
    }

    /** Returns the response that holds all images. */
    public ByteString response() {
        return EncodedResponse.of(segments.stream().map(ListingSegment::images).toList());
    }

    /** Sees one encoded image; says whether to go on. */
    public interface Visitor {
        boolean visit(ByteString image);
    }

    /** Returns how many bytes the images take that {@link #forEach} reads for these names. */
    public long bytes(KeyStarts names) {
        if (!names.isNarrow()) {
            return bytes();
        }
        long bytes = 0;
        for (int i = 0; i < segments.size(); i++) {
            bytes += mayHold(i, names) ? segments.get(i).images().size() : 0;
        }
        return bytes;
    }

    /** Shows the images of all segments that may hold some of these names to a visitor until it has enough. */
    public void forEach(KeyStarts names, Visitor visitor) {
        for (int i = 0; i < segments.size(); i++) {
            if (mayHold(i, names) && !forEach(segments.get(i), visitor)) {
                return;
            }
        }
    }

    private boolean mayHold(int i, KeyStarts names) {
        byte[] end = i + 1 < segments.size() ? segments.get(i + 1).start() : null;
        return names.mayFit(segments.get(i).start(), end);
    }

    private static boolean forEach(ListingSegment segment, Visitor visitor) {
        CodedInputStream in = segment.images().newCodedInput();
        in.enableAliasing(true);
        try {
            while (in.readTag() != 0) {
                if (!visitor.visit(in.readBytes())) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new AssertionError("a segment is as it was written", e);
        }
    }

    /**
     * Reads a namespace.
     *
     * @param revision the revision of the snapshot
     * @param maxBytes how many bytes the images may take
     * @return null when they take more
     */
    static @Nullable NamespaceListing read(
            Snapshot snapshot, long revision, byte[] prefix, int segmentBytes, long maxBytes) {
        SegmentReader reader = new SegmentReader(snapshot, prefix, segmentBytes, maxBytes);
        return reader.read(prefix, null)
                ? new NamespaceListing(snapshot.identity(), revision, reader.segments())
                : null;
    }

    /**
     * Returns this list with the segments read again that hold changed images.
     *
     * @param now the revision of the snapshot
     * @param changed the keys of the images that were changed since this list's revision
     * @return null when the images take too many bytes now
     */
    @Nullable
    NamespaceListing refreshed(
            Snapshot snapshot, long now, byte[] prefix, Iterable<byte[]> changed, int segmentBytes, long maxBytes) {
        TreeSet<Integer> stale = new TreeSet<>();
        changed.forEach(key -> stale.add(segmentOf(key)));
        List<ListingSegment> refreshed = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < segments.size(); i++) {
            if (stale.contains(i)) {
                SegmentReader reader = new SegmentReader(snapshot, prefix, segmentBytes, maxBytes - bytes);
                byte[] until = i + 1 < segments.size() ? segments.get(i + 1).start() : null;
                if (!reader.read(segments.get(i).start(), until)) {
                    return null;
                }
                reader.segments().forEach(segment -> append(refreshed, segment, segmentBytes));
                bytes += reader.bytes();
            } else {
                append(refreshed, segments.get(i), segmentBytes);
                bytes += segments.get(i).images().size();
            }
        }
        return new NamespaceListing(database, now, refreshed);
    }

    /** Joins what has become small, so that names which come and go leave no trail of segments. */
    private static void append(List<ListingSegment> segments, ListingSegment next, int segmentBytes) {
        int last = segments.size() - 1;
        if (last >= 0 && segments.get(last).images().size() + next.images().size() <= segmentBytes / 2) {
            byte[] joined = segments.get(last).images().concat(next.images()).toByteArray();
            segments.set(last, new ListingSegment(segments.get(last).start(), UnsafeByteOperations.unsafeWrap(joined)));
        } else {
            segments.add(next);
        }
    }

    /** Returns the last segment that starts at or before a key. */
    private int segmentOf(byte[] key) {
        int low = 0;
        int high = segments.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (Arrays.compareUnsigned(segments.get(middle).start(), key) <= 0) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
