package dev.imaged.server.etcd;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands before a member and passes bytes on. When it is told to, it cuts a connection in the midst of a call: after the member carried
 * out the request, so that the answer is lost, or before that. Thread-safe.
 */
public final class CuttingProxy implements AutoCloseable {
    /** How long the member may take to tell what a request has changed. */
    private static final long PATIENCE_SECONDS = 2;

    /** A text may come in two reads, if it is not longer than this. */
    private static final int MOST_CHARACTERS = 64;

    private final ServerSocket server;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger cuts = new AtomicInteger();
    private volatile String trigger = "";
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

    /**
     * Cuts the connection once, when a write comes that holds a text, after the member carried it out: from then on it passes no answer on,
     * and it cuts once the member tells watches of a change that holds the text.
     */
    public void loseAnswerTo(String text) {
        deliversRequest = true;
        trigger = text;
    }

    /** Forgets what it waits for. */
    public void disarm() {
        trigger = "";
    }

    /** Cuts the connection once, when a request comes that holds a text, before the member gets it. */
    void loseRequest(String text) {
        deliversRequest = false;
        trigger = text;
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

    /** Stops all bytes without closing connections; {@link #reconnect} delivers them. */
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
                AtomicReference<Lost> lost = new AtomicReference<>();
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

    private void passRequests(Socket client, Socket member, AtomicReference<Lost> lost) {
        try (client;
                member) {
            InputStream in = client.getInputStream();
            OutputStream out = member.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            String before = "";
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                String seen = before + text(buffer, read);
                String text = heldTrigger(seen);
                before = trigger.isEmpty() ? "" : seen.substring(Math.max(0, seen.length() - MOST_CHARACTERS));
                if (!text.isEmpty()) {
                    if (closes) {
                        close();
                        return;
                    } else if (!deliversRequest) {
                        if (cutsOff) {
                            cutOff();
                        }
                        cuts.incrementAndGet();
                        return;
                    }
                    lost.set(new Lost(text)); // before the member can answer
                }
                awaitPassage();
                out.write(buffer, 0, read);
                out.flush();
            }
        } catch (IOException | InterruptedException e) {
            // one end has gone
        }
    }

    /** Returns the text that it waits for, and waits for it no longer, if these bytes hold it; otherwise nothing. */
    private synchronized String heldTrigger(String seen) {
        String wanted = trigger;
        if (wanted.isEmpty()
                || !seen.contains(wanted)) { // without a word about the next text, which may be set just now
            return "";
        }
        trigger = "";
        return wanted;
    }

    private static String text(byte[] buffer, int length) {
        return new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
    }

    /** The answers on a connection that do not pass any more. For one thread. */
    private static final class Lost {
        private final String text;
        private final StringBuilder answers = new StringBuilder();
        private final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);

        /** @param text what the change holds whose answer is lost */
        Lost(String text) {
            this.text = text;
        }

        /** Takes an answer, and returns whether the member has told of the change, or takes too long. */
        boolean isOver(String answer) {
            int from = Math.max(0, answers.length() - text.length());
            answers.append(answer);
            return answers.indexOf(text, from) >= 0 || System.nanoTime() - end > 0;
        }
    }

    private void passAnswers(Socket member, Socket client, AtomicReference<Lost> lost) {
        try (member;
                client) {
            InputStream in = member.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                Lost answers = lost.get();
                if (answers != null) {
                    if (answers.isOver(text(buffer, read))) {
                        cuts.incrementAndGet();
                        return;
                    }
                    continue;
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
