package dev.imaged.remote;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** A port that drops the packets of new connections, because its queue is full: nobody accepts them. */
final class FullListener implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 300;

    /** Much more than the queue takes. */
    private static final int MOST = 100;

    private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final List<Socket> queue = new ArrayList<>();

    private FullListener() throws IOException {}

    static FullListener open() throws IOException {
        FullListener made = new FullListener();
        while (made.connect()) {
            if (made.queue.size() == MOST) {
                throw new AssertionError("the queue of a listener takes " + MOST + " connections");
            }
        }
        return made;
    }

    /** Returns whether the queue took one more connection. */
    private boolean connect() throws IOException {
        Socket socket = new Socket();
        queue.add(socket);
        try {
            socket.connect(new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort()), TIMEOUT_MILLIS);
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    String address() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : queue) {
            socket.close();
        }
        listener.close();
    }
}
