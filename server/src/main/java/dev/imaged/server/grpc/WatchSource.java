package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.server.engine.Cancellation;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the messages of a watch; for one thread at a time, unless a method says otherwise. */
interface WatchSource extends AutoCloseable {
    /**
     * Returns the next message, null when there is none now. When the cancellation ends it, nothing is lost: the same is read again.
     *
     * @param maxBytes the most bytes of images or changes, unless a single one has more
     * @param isDue whether a message has to be sent even if nothing happened
     * @param wake to be called when there is a message again, on any thread
     */
    @Nullable
    ByteString next(int maxBytes, boolean isDue, Runnable wake, Cancellation cancellation);

    /** Whether there may be a message. On any thread. */
    boolean hasNext();

    /** Whether the next message takes as much work as a list. On any thread. */
    boolean isList();

    /**
     * Returns a message that only says that the watch goes on, null when its caller does not expect any. Must not be called while the
     * next message is made.
     */
    @Nullable
    ByteString signOfLife();

    /** Returns the filters, for the log. */
    List<String> filters();

    /** Whether it cannot go on from where it stands. On any thread. */
    boolean isLost();

    /** Returns the longest time without a message. On any thread. */
    Duration interval();

    /** Returns how long a message may wait for more to share it with. On any thread. */
    Duration delay();

    @Override
    void close();
}
