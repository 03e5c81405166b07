package dev.imaged.server.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands before a member and passes bytes on. When it is told to, it cuts a connection in the midst of a call: after the member got the
 * request, so that the answer is lost, or before that. Thread-safe.
 */
public final class CuttingProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile byte[] trigger = {};
    private volatile boolean deliversRequest;
    private volatile boolean closes;
    private volatile boolean isCutOff;
    private volatile boolean cutsOff;
    private boolean isSilent;

    /** @param endpoint that of the member */
    public CuttingProxy(String endpoint) throws IOException {
        this.port = Integer.parseInt(endpoint.substring(endpoint.indexOf(':') + 1));
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    public String endpoint() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /** Cuts the connection once, when a request comes that holds a text, after the member got it. */
    public void loseAnswerTo(String text) {
        deliversRequest = true;
        trigger = text.getBytes(StandardCharsets.UTF_8);
    }

    /** Cuts the connection once, when a request comes that holds a text, before the member gets it. */
    void loseRequest(String text) {
        deliversRequest = false;
        trigger = text.getBytes(StandardCharsets.UTF_8);
    }

    /** Passes nothing on any more from when a request comes that holds a text. */
    void closeBefore(String text) {
        closes = true;
        loseRequest(text);
    }

    /** As {@link #loseRequest}, and then as {@link #cutOff}. */
    void cutOffAt(String text) {
        cutsOff = true;
        loseRequest(text);
    }

    /** Cuts all connections, and those to come, until {@link #reconnect}. */
    public void cutOff() throws IOException {
        isCutOff = true;
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** Has nothing pass on any connection, without an end of it, until {@link #reconnect}: then what was sent meanwhile comes. */
    public synchronized void partition() {
        isSilent = true;
    }

    /** Lets connections through again. */
    public synchronized void reconnect() {
        cutsOff = false;
        isCutOff = false;
        isSilent = false;
        notifyAll();
    }

    private synchronized void awaitPassage() throws InterruptedException {
        while (isSilent) {
            wait();
        }
    }

    /** Returns how many connections were cut. */
    public int cuts() {
        return cuts.get();
    }

    private static void thread(Runnable task) {
        Thread thread = new Thread(task, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (isCutOff) {
                    client.close();
                    continue;
                }
                Socket member = connect(client);
                sockets.add(client);
                sockets.add(member);
                if (isCutOff) { // meanwhile
                    client.close();
                    member.close();
                }
                AtomicInteger lost = new AtomicInteger();
                thread(() -> passRequests(client, member, lost));
                thread(() -> passAnswers(member, client, lost));
            } catch (IOException e) {
                // the test ends, or the member is not there: the client tries again
            }
        }
    }

    private Socket connect(Socket client) throws IOException {
        try {
            return new Socket(InetAddress.getLoopbackAddress(), port);
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private void passRequests(Socket client, Socket member, AtomicInteger lost) {
        try (client;
                member) {
            InputStream in = client.getInputStream();
            OutputStream out = member.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                boolean cut = holdsTrigger(buffer, read);
                if (cut && closes) {
                    close();
                    return;
                } else if (cut && !deliversRequest) {
                    if (cutsOff) {
                        cutOff();
                    }
                    cuts.incrementAndGet();
                    return;
                } else if (cut) {
                    lost.set(1);
                }
                awaitPassage();
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException | InterruptedException e) {
            // one end has gone
        }
    }

    private synchronized boolean holdsTrigger(byte[] buffer, int length) {
        byte[] wanted = trigger;
        if (wanted.length == 0) {
            return false;
        }
        for (int at = 0; at + wanted.length <= length; at++) {
            if (Arrays.equals(buffer, at, at + wanted.length, wanted, 0, wanted.length)) {
                trigger = new byte[0];
                return true;
            }
        }
        return false;
    }

    private void passAnswers(Socket member, Socket client, AtomicInteger lost) {
        try (member;
                client) {
            InputStream in = member.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (lost.get() > 0) {
                    cuts.incrementAndGet(); // the member has answered, so it has the whole request
                    return;
                }
                awaitPassage();
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException | InterruptedException e) {
            // one end has gone
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
