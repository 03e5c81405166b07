package dev.imaged.server.grpc;

import dev.imaged.remote.Address;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A peer that speaks HTTP/2 (RFC 9113) frame by frame, or anything else, to a daemon's socket. */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;
    static final int ACK = 1;
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SocketChannel socket;
    private final OutputStream out;
    private final DataInputStream in;
    private final DefaultHttp2HeadersDecoder headers = new DefaultHttp2HeadersDecoder();

    /** One frame. */
    record Frame(int type, int flags, int stream, byte[] payload) {}

    RawHttp2(Address address) throws IOException {
        SocketAddress target = address instanceof Address.Unix unix
                ? UnixDomainSocketAddress.of(unix.path())
                : new InetSocketAddress(((Address.Tcp) address).host(), ((Address.Tcp) address).port());
        socket = SocketChannel.open(target);
        out = Channels.newOutputStream(socket);
        in = new DataInputStream(Channels.newInputStream(socket));
    }

    RawHttp2 send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /** Opens the connection as a client should. */
    RawHttp2 greet() throws IOException {
        return send(PREFACE).frame(SETTINGS, 0, 0, new byte[0]);
    }

    RawHttp2 frame(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload);
        return send(frame.array());
    }

    /** Sends the headers of a call to a path, followed by more headers in pairs. */
    RawHttp2 call(int stream, String path, String contentType, String... more) throws IOException {
        return frame(HEADERS, END_HEADERS, stream, headers(path, contentType, more));
    }

    /** The headers of a call to a path, followed by more headers in pairs. */
    static byte[] headers(String path, String contentType, String... more) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        literal(block, ":method", "POST");
        literal(block, ":scheme", "http");
        literal(block, ":path", path);
        literal(block, ":authority", "localhost");
        literal(block, "content-type", contentType);
        literal(block, "te", "trailers");
        for (int i = 0; i < more.length; i += 2) {
            literal(block, more[i], more[i + 1]);
        }
        return block.toByteArray();
    }

    /** Sends a message and ends the call. */
    RawHttp2 message(int stream, byte[] message) throws IOException {
        return frame(DATA, END_STREAM, stream, prefixed(message.length, message));
    }

    /** A message as gRPC frames it, of a length that it says but need not have. */
    static byte[] prefixed(int length, byte[] message) {
        return ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(length)
                .put(message)
                .array();
    }

    /** Takes one byte of what the daemon sent; -1 when it has hung up. */
    int read() throws IOException {
        return in.read();
    }

    /** Waits for the next frame. */
    Frame next() throws IOException {
        int first = in.readInt();
        byte flags = in.readByte();
        int stream = in.readInt();
        byte[] payload = new byte[first >>> 8];
        in.readFully(payload);
        return new Frame(first & 0xFF, flags, stream, payload);
    }

    /** Waits until a stream ends and returns all its headers. */
    Map<String, String> awaitEnd(int stream) throws IOException, Http2Exception {
        Map<String, String> all = new LinkedHashMap<>();
        while (true) {
            Frame frame = next();
            if (frame.type() == SETTINGS && frame.flags() == 0) {
                frame(SETTINGS, ACK, 0, new byte[0]);
            } else if (frame.type() == HEADERS) {
                all.putAll(decode(frame));
            }
            boolean ends = (frame.type() == HEADERS || frame.type() == DATA) && (frame.flags() & END_STREAM) != 0;
            if (frame.stream() == stream && ends) {
                return all;
            }
        }
    }

    /** Returns the headers of a frame. */
    Map<String, String> decode(Frame frame) throws Http2Exception {
        Map<String, String> decoded = new LinkedHashMap<>();
        headers.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(frame.payload()))
                .forEach(header -> decoded.put(
                        header.getKey().toString(), header.getValue().toString()));
        return decoded;
    }

    /** Waits until the daemon hangs up. */
    void awaitHangUp() throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException reset) {
            // hung up as well
        }
    }

    /** Hangs up without saying so; TCP sends a reset. */
    void vanish() throws IOException {
        if (socket.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A header that is neither indexed nor compressed (RFC 7541, 6.2.2). */
    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        string(block, name);
        string(block, value);
    }

    private static void string(ByteArrayOutputStream block, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= 127) {
            throw new IllegalArgumentException("a header of " + bytes.length + " bytes needs a longer length");
        }
        block.write(bytes.length);
        block.writeBytes(bytes);
    }
}
