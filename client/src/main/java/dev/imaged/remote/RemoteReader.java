package dev.imaged.remote;

import com.google.protobuf.ByteString;
import dev.imaged.content.ContentReader;
import dev.imaged.errors.ImageException;
import dev.imaged.proto.content.v1.ReadContentRequest;
import dev.imaged.proto.content.v1.ReadContentResponse;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A blob on the other end. A read opens a stream at its position, and the reads that follow in order go on with it.
 */
final class RemoteReader implements ContentReader {
    private final RemoteContent content;
    private final String digest;
    private final long size;
    private volatile @Nullable Stream stream;
    private volatile boolean closed;

    RemoteReader(RemoteContent content, String digest, long size) {
        this.content = content;
        this.digest = digest;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public synchronized int read(ByteBuffer target, long position) throws IOException {
        if (closed) {
            throw new IOException("the reader is closed");
        } else if (position < 0) {
            throw new IllegalArgumentException("position " + position + " is negative");
        } else if (position >= size) {
            return -1;
        } else if (!target.hasRemaining()) {
            return 0;
        }
        Stream last = stream;
        Stream current = last != null && last.position == position ? last : openAt(position);
        try {
            return current.read(target);
        } catch (ImageException.Cancelled e) {
            if (closed) {
                throw new IOException("the reader is closed", e);
            }
            throw e;
        } catch (ImageException.DeadlineExceeded e) {
            // A long blob may take longer than a call may: as long as there is progress, a new call goes on where this
            // one ended.
            if (current.position == current.start) {
                throw e;
            }
            return openAt(position).read(target);
        }
    }

    private Stream openAt(long position) {
        cancel();
        Stream opened = new Stream(position);
        stream = opened;
        if (closed) {
            opened.cancel(); // close came too early to see it
        }
        return opened;
    }

    /** Ends a waiting read, and does not wait for it. */
    @Override
    public void close() {
        closed = true;
        cancel();
    }

    private void cancel() {
        Stream last = stream;
        if (last != null) {
            last.cancel();
        }
    }

    /** The rest of the blob from a position on. No more is fetched than is read. */
    private final class Stream {
        private final CancellableContext context = Context.current().withCancellation();
        private final Iterator<ReadContentResponse> responses;
        private final long start;
        private long position;
        private ByteString data = ByteString.EMPTY;

        Stream(long start) {
            this.start = start;
            this.position = start;
            ReadContentRequest request = ReadContentRequest.newBuilder()
                    .setDigest(digest)
                    .setOffset(start)
                    .build();
            Context previous = context.attach();
            try {
                this.responses = content.stub().read(request);
            } finally {
                context.detach(previous);
            }
        }

        int read(ByteBuffer target) throws IOException {
            while (data.isEmpty()) {
                if (!RemoteContent.call(responses::hasNext)) {
                    throw new IOException("content " + digest + " ends at byte " + position + " of " + size);
                }
                // Some servers count the offset of a response from the blob's start, others from the request's.
                data = RemoteContent.call(responses::next).getData();
            }
            int count = Math.min(target.remaining(), data.size());
            target.put(data.substring(0, count).asReadOnlyByteBuffer());
            data = data.substring(count);
            position += count;
            return count;
        }

        void cancel() {
            context.cancel(null);
        }
    }
}
