package dev.imaged.server.admission;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelOutboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * The first handler of a connection until its peer has finished its greeting: TLS if there is any, and the preface and the settings of
 * HTTP/2. gRPC reports the end of a greeting without its channel, but while that channel reads.
 */
public final class Greeting extends ChannelInboundHandlerAdapter {
    private static final FastThreadLocal<Greeting> READING = new FastThreadLocal<>();

    private final Runnable whenFinished;
    private @Nullable Channel channel;
    private boolean finished;

    /** @param whenFinished called by the thread of the channel */
    public Greeting(Runnable whenFinished) {
        this.whenFinished = whenFinished;
    }

    /** Ends the greeting of the connection that this thread reads, and returns its channel. */
    static Channel finish() {
        Greeting greeting = READING.get();
        if (greeting == null || greeting.channel == null) {
            throw new IllegalStateException("no connection is being greeted on this thread");
        }
        greeting.finished = true;
        greeting.whenFinished.run();
        return greeting.channel;
    }

    @Override
    public void channelRegistered(ChannelHandlerContext context) {
        channel = context.channel();
        context.pipeline().addLast(new Close());
        context.fireChannelRegistered();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        READING.set(this);
        try {
            context.fireChannelRead(message);
        } finally {
            READING.remove();
        }
        if (finished && !context.isRemoved()) {
            context.pipeline().remove(this);
        }
    }

    /**
     * Closes a connection at once if its peer has not finished its greeting, or has closed the connection. gRPC would send a ping, and
     * keep the memory of the connection, 8 KB, until the peer answers or 10 s have passed.
     */
    private static final class Close extends ChannelOutboundHandlerAdapter {
        @Override
        public void close(ChannelHandlerContext context, ChannelPromise promise) {
            Channel channel = context.channel();
            if (channel.isActive() && context.pipeline().get(Greeting.class) == null) {
                context.close(promise);
            } else {
                channel.unsafe().close(promise);
            }
        }
    }
}
