package dev.imaged.server.grpc;

import dev.imaged.remote.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Hostile clients at work, many at once and for a while. Counts what they were answered. Thread-safe. */
final class Attackers {
    private final Address address;
    private final long nanos;
    private final Map<String, Integer> answers = new ConcurrentSkipListMap<>();

    /** @param nanos how long an attack goes on */
    Attackers(Address address, long nanos) {
        this.address = address;
        this.nanos = nanos;
    }

    /** What one of several clients does, over and over, until its time is over. */
    interface Client {
        void act(int number, long round) throws Exception;
    }

    /** What one of several does once. */
    interface Numbered {
        void act(int number) throws Exception;
    }

    Address address() {
        return address;
    }

    long nanos() {
        return nanos;
    }

    /** Counts an answer, or what came in place of one. */
    void count(String answer) {
        answers.merge(answer, 1, Integer::sum);
    }

    /** Returns how often each answer was counted since the last time. */
    Map<String, Integer> takeAnswers() {
        Map<String, Integer> taken = new TreeMap<>(answers);
        answers.clear();
        return taken;
    }

    void loop(int clients, Client client) throws Exception {
        long end = System.nanoTime() + nanos;
        all(clients, number -> {
            for (long round = 0; System.nanoTime() < end; round++) {
                client.act(number, round);
            }
        });
    }

    /** Returns when all are done; fails when one does. */
    static void all(int clients, Numbered client) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int number = i;
                tasks.add(() -> {
                    client.act(number);
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
