package dev.imaged.server.admission;

import dev.imaged.server.engine.EncodedResponse;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;

/**
 * Reads the declared length of the first message of a call (gRPC over HTTP/2, "Length-Prefixed-Message"). grpc-java refuses a
 * message that is too long with words of its own, but clients of this API know those of a Go server. So grpc-java gets to see the
 * longest length that it accepts. It then asks {@link CallAccount}, which refuses the message. For the thread of one channel.
 */
final class DeclaredLengths extends Http2FrameListenerDecorator {
    private static final int MAX = EncodedResponse.MAX_BYTES;

    /** A byte that says whether the message is compressed, and its length. */
    private static final int PREFIX_BYTES = 5;

    private final Http2Connection streams;
    private final Http2Connection.PropertyKey begun;
    private final Connection connection;

    private DeclaredLengths(Http2FrameListener listener, Http2Connection streams, Connection connection) {
        super(listener);
        this.streams = streams;
        this.begun = streams.newKey();
        this.connection = connection;
    }

    /** Watches the messages of a channel from now on. */
    static void watch(Channel channel, Connection connection) {
        Http2ConnectionHandler handler = channel.pipeline().get(Http2ConnectionHandler.class);
        Http2FrameListener listener = handler.decoder().frameListener();
        handler.decoder().frameListener(new DeclaredLengths(listener, handler.connection(), connection));
    }

    @Override
    public int onDataRead(ChannelHandlerContext context, int streamId, ByteBuf data, int padding, boolean endOfStream)
            throws Http2Exception {
        int at = data.readerIndex() + 1;
        long length = data.readableBytes() < PREFIX_BYTES ? 0 : data.getUnsignedInt(at);
        if (endOfStream && length <= MAX) { // as almost all requests are
            return super.onDataRead(context, streamId, data, padding, true);
        }
        Http2Stream stream = streams.stream(streamId);
        boolean isFirst = stream != null && stream.setProperty(begun, true) == null;
        if (!isFirst || length <= MAX || data.isReadOnly()) {
            return super.onDataRead(context, streamId, data, padding, endOfStream);
        }
        connection.declare(length);
        data.setInt(at, MAX);
        try {
            return super.onDataRead(context, streamId, data, padding, endOfStream);
        } finally {
            if (connection.takeDeclared() != 0) { // the length before has not been read yet
                data.setInt(at, (int) length);
            }
        }
    }
}
