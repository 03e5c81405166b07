package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.etcd.CommitOutcome.Changed;
import dev.imaged.server.etcd.CommitOutcome.Committed;
import dev.imaged.server.etcd.CommitOutcome.Known;
import dev.imaged.server.etcd.CommitOutcome.Locked;
import dev.imaged.server.etcd.PendingWrite.Decision;
import dev.imaged.server.etcd.PendingWrite.Stage;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.write.Proposal;
import dev.imaged.server.store.write.Proposal.ProposedCommit;
import dev.imaged.server.store.write.Proposal.RequestKey;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Decides on the view what each write changes, and has etcd do that if nothing has changed that the decision depends on. Otherwise it
 * decides again. A write that fails or changes nothing counts only behind a barrier: the view may be old.
 *
 * <p>All decisions are made on one thread. Many transactions are on the way at once, but of those of this daemon only one for each
 * image: others wait for it, because they would fail. A write that depends on more than etcd can compare writes alone, see {@link SoleRight}.
 * Thread-safe.
 */
final class Proposer {
    /** How many transactions may be on their way: etcd takes no more in the time of one than it can carry out. */
    static final int MAX_IN_FLIGHT = 256;

    private final Database view;
    private final EtcdKeys keys;
    private final UnreadableKeys unreadable;
    private final Barrier barrier;
    private final CommitSender sender;
    private final CommitClock clock;
    private final WriteSteps steps;
    private final SoleWrite sole;
    private final Removals removals;

    /** For the thread of the proposer. */
    private final HeldImages<PendingWrite<?>> held;

    /** The writes that wait because enough others are on their way. */
    private final Queue<PendingWrite<?>> waiting = new ArrayDeque<>();

    private int inFlight;

    /**
     * Makes a proposer.
     *
     * @param view what the decisions are made on
     * @param unreadable keys of images that the view leaves out: nobody may write over them
     * @param clock the times of the commits
     * @param executor of one thread
     */
    Proposer(
            Database view,
            EtcdKeys keys,
            UnreadableKeys unreadable,
            Barrier barrier,
            CommitSender sender,
            SoleRight right,
            CommitClock clock,
            ScheduledExecutorService executor) {
        this.view = view;
        this.keys = keys;
        this.unreadable = unreadable;
        this.barrier = barrier;
        this.sender = sender;
        this.clock = clock;
        this.steps = new WriteSteps(executor, this::answered);
        this.sole = new SoleWrite(right, steps, this::decide);
        this.removals = new Removals(sender, steps);
        this.held = new HeldImages<>((image, next) -> steps.run(() -> use(image, next), next));
    }

    /**
     * Takes a write, and returns at once.
     *
     * @throws RejectedExecutionException when the daemon stops
     */
    void take(PendingWrite<?> write) {
        steps.first(() -> decide(write), write);
    }

    /** Gives back what other daemons wait for, and returns a future of that. For when the thread of the proposer has ended. */
    CompletableFuture<?> close() {
        return sole.close();
    }

    /** Gives back what a write has, if its last step did not. */
    private void answered(PendingWrite<?> write) {
        sole.end(write);
        release(write);
    }

    private void decide(PendingWrite<?> write) {
        ByteBuffer before = write.waitsFor;
        if (write.isAnswered() || (before != null && held.await(before, write)) || sole.await(write)) {
            return;
        } else if (inFlight >= MAX_IN_FLIGHT && write.soleRight == 0) {
            waiting.add(write);
            return;
        }
        Decision decision = write.decide(view, clock);
        ProposedCommit commit = decision.commit();
        if (commit == null) {
            unchanged(write, decision);
            return;
        }
        ByteString foreign = unreadable.firstOf(commit.reads().keySet().stream().map(keys::image));
        if (foreign != null) {
            refuse(write, foreign);
        } else if (write.soleRight == 0 && CommitRequest.needsSoleRight(decision.proposal())) {
            sole.begin(write);
        } else if (write.soleRight == 0) {
            sendHolding(write, decision.proposal(), commit);
        } else { // this daemon sends nothing else, and what it has sent before comes too late
            send(write, decision.proposal());
        }
    }

    private void use(ByteBuffer image, PendingWrite<?> write) {
        held.use(image, () -> decide(write));
    }

    /** Decides on the first of the writes that wait for others that are on their way, then on the next, until there are enough again. */
    private void admit() {
        PendingWrite<?> next = inFlight < MAX_IN_FLIGHT ? waiting.poll() : null;
        if (next != null) {
            steps.runThen(() -> decide(next), this::admit, next);
        }
    }

    /** Refuses a write of an image that the view does not have although there is its key, unless somebody has deleted the key meanwhile. */
    private void refuse(PendingWrite<?> write, ByteString foreign) {
        if (write.isBehindBarrier) {
            write.fail(WriteErrors.unreadable(foreign));
        } else {
            decideBehindBarrier(write);
        }
    }

    /** Sends the commit of a write once no other transaction of this daemon changes its images. */
    private void sendHolding(PendingWrite<?> write, Proposal proposal, ProposedCommit commit) {
        write.waitsFor = held.firstOf(commit.reads().keySet());
        if (write.waitsFor != null) {
            held.await(write.waitsFor, write);
            return;
        }
        held.hold(commit.changes().keySet());
        write.holding = commit;
        send(write, proposal);
    }

    /**
     * Answers a write that changes nothing, or has it decided again: behind a barrier, and with what etcd says of its id. The view does not
     * know the ids of commits before those that it keeps.
     */
    private void unchanged(PendingWrite<?> write, Decision decision) {
        RequestKey request = decision.unknownRequest();
        if (!write.isBehindBarrier) {
            decideBehindBarrier(write);
        } else if (request != null && !write.isIdLookedUp) {
            sender.find(request)
                    .whenComplete((known, error) -> steps.run(
                            () -> {
                                if (error != null) {
                                    write.fail(WriteErrors.of(error));
                                } else {
                                    write.known = known.orElse(null);
                                    write.isIdLookedUp = true;
                                    decideBehindBarrier(write);
                                }
                            },
                            write));
        } else if (decision.error() != null) {
            write.fail(decision.error());
        } else {
            write.complete(decision.proposal().snapshotRevision() + 1);
        }
    }

    private void decideBehindBarrier(PendingWrite<?> write) {
        barrier.pass()
                .whenComplete((passed, error) -> steps.run(
                        () -> {
                            if (error == null) {
                                write.isBehindBarrier = true;
                                decide(write);
                            } else {
                                write.fail(WriteErrors.notStored(error));
                            }
                        },
                        write));
    }

    private void send(PendingWrite<?> write, Proposal proposal) {
        write.stage = Stage.SENT;
        inFlight++;
        sender.send(proposal, 0, write.soleRight)
                .whenComplete((outcome, error) -> steps.run(
                        () -> {
                            inFlight--;
                            admit();
                            if (error == null && outcome instanceof Committed committed) {
                                stored(write, proposal, committed.revision());
                                return;
                            }
                            release(write);
                            if (error != null) {
                                write.fail(WriteErrors.of(error));
                            } else {
                                again(write, outcome);
                            }
                        },
                        write));
    }

    /** Has a write that etcd carried out wait for the view: others decide on that. */
    private void stored(PendingWrite<?> write, Proposal proposal, long revision) {
        write.stored(revision, proposal.commits().size() - 1);
        sender.whenViewHas(revision)
                .whenComplete((reached, late) -> steps.run(
                        () -> {
                            release(write); // before the answer, which may bring the next write of the same image
                            sole.committed(write);
                            removals.send(write, proposal);
                        },
                        write));
    }

    /** A write was not carried out: it is decided again on a view that knows what has changed meanwhile. */
    private void again(PendingWrite<?> write, CommitOutcome outcome) {
        sole.end(write);
        write.stage = Stage.DECIDING;
        if (outcome instanceof Known known) {
            write.known = known.request();
        } else if (outcome instanceof Changed) {
            write.conflicts++;
        }
        write.refusals++;
        write.isLocked = outcome instanceof Locked;
        steps.runAgain(write.refusals, () -> decideBehindBarrier(write), write);
    }

    /** Gives the images of a write back, and has the writes that wait for them decided one after the other. */
    private void release(PendingWrite<?> write) {
        ProposedCommit commit = write.holding;
        write.holding = null;
        if (commit != null) {
            held.release(commit.changes().keySet());
        }
    }
}
