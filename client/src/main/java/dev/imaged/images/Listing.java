package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A list of one revision that is read as it arrives, in ascending order of the names' UTF-8 bytes. It is whole once {@link #hasNext}
 * returns false; what ends with an exception is not. {@link #hasNext} and {@link #next} throw the errors of the connection and of the
 * store, and {@link ImageException.OutOfRange} when the reader is so slow that the changes since the revision are dropped.
 *
 * <p>Nothing more is sent than is read. Close a listing that is not read to its end. For one thread at a time.
 */
public interface Listing extends Iterator<VersionedImage>, AutoCloseable {
    /** Returns what the whole list is of. */
    Position position();

    /** Ends the list. Does nothing at its end. */
    @Override
    void close();

    /** Returns the rest of the list as a stream, which closes the list when it is closed. */
    default Stream<VersionedImage> stream() {
        int traits = Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL | Spliterator.IMMUTABLE;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false)
                .onClose(this::close);
    }
}
