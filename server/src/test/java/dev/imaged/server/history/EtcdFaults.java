package dev.imaged.server.history;

import dev.imaged.server.etcd.EtcdCluster;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Breaks a part of a cluster or one of its daemons amid writes, sees that the others go on, and mends it. For one thread. */
final class EtcdFaults {
    private static final long PATIENCE_SECONDS = 60;
    private static final long POLL_MILLIS = 5;
    private static final int LOST_ANSWERS = 3;
    private static final String ONLY = System.getProperty("imaged.etcd.only", "");

    enum Fault {
        MEMBER_KILLED,
        LEADER_KILLED,
        LEADER_PAUSED,
        DAEMON_CUT_OFF,
        DAEMON_PARTITIONED,
        DAEMON_PAUSED,
        ANSWERS_LOST,
        DAEMON_KILLED
    }

    private final EtcdCluster cluster;
    private final List<ProxiedDaemon> daemons;
    private final List<SoleWriter> writers;
    private final Random random;
    private final List<Fault> deck = new ArrayList<>();

    /** @param writers of which each writes at the daemon that has its index, modulo their number */
    EtcdFaults(EtcdCluster cluster, List<ProxiedDaemon> daemons, List<SoleWriter> writers, Random random) {
        this.cluster = cluster;
        this.daemons = List.copyOf(daemons);
        this.writers = List.copyOf(writers);
        this.random = random;
    }

    /** Returns the next of all faults in random order, over and over. */
    Fault next() {
        if (deck.isEmpty()) {
            deck.addAll(ONLY.isEmpty() ? List.of(Fault.values()) : List.of(Fault.valueOf(ONLY)));
            Collections.shuffle(deck, random);
        }
        return deck.remove(deck.size() - 1);
    }

    /** Causes a fault, and returns once it is over. */
    void run(Fault fault) throws Exception {
        int index = random.nextInt(daemons.size());
        ProxiedDaemon daemon = daemons.get(index);
        int other = (index + 1) % daemons.size();
        switch (fault) {
            case MEMBER_KILLED -> {
                for (EtcdCluster.Member member : cluster.members()) {
                    kill(member);
                }
            }
            case LEADER_KILLED -> kill(cluster.leader());
            case LEADER_PAUSED -> pause(cluster.leader());
            case DAEMON_CUT_OFF -> {
                daemon.cutOff();
                try {
                    awaitWrites(other);
                } finally {
                    daemon.reconnect();
                }
            }
            case DAEMON_PARTITIONED -> {
                daemon.partition();
                try {
                    daemon.awaitReady(false);
                    awaitWrites(other);
                } finally {
                    daemon.reconnect();
                }
            }
            case DAEMON_PAUSED -> {
                daemon.pause();
                try {
                    awaitWrites(other);
                } finally {
                    daemon.resume();
                }
            }
            case ANSWERS_LOST -> {
                String ids = writers.get(index).ids();
                try {
                    for (int i = 0; i < LOST_ANSWERS; i++) {
                        int cuts = daemon.cuts();
                        daemon.loseAnswerTo(ids);
                        await(() -> daemon.cuts() > cuts, "no answer is lost");
                    }
                } finally {
                    daemon.loseNothing();
                }
            }
            case DAEMON_KILLED -> daemon.restart();
        }
        for (int i = 0; i < daemons.size(); i++) {
            awaitWrites(i);
            daemons.get(i).awaitReady(true);
        }
    }

    private void kill(EtcdCluster.Member member) throws Exception {
        member.kill();
        for (int i = 0; i < daemons.size(); i++) {
            awaitWrites(i);
        }
        member.start();
        cluster.awaitAnswer(member);
    }

    private void pause(EtcdCluster.Member member) throws Exception {
        member.pause();
        try {
            for (int i = 0; i < daemons.size(); i++) {
                awaitWrites(i);
            }
        } finally {
            member.resume();
        }
    }

    /** Waits until a daemon has stored a write that it got after this call. */
    private void awaitWrites(int daemon) throws InterruptedException {
        List<SoleWriter> there = new ArrayList<>();
        for (int i = daemon; i < writers.size(); i += daemons.size()) {
            there.add(writers.get(i));
        }
        List<Integer> before = there.stream().map(SoleWriter::answers).toList();
        await(
                () -> {
                    for (int i = 0; i < there.size(); i++) {
                        if (there.get(i).answers() >= before.get(i) + 2) { // the first may have been on its way
                            return true;
                        }
                    }
                    return false;
                },
                "daemon " + daemon + " takes no writes");
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition, String otherwise) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(otherwise);
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }
}
