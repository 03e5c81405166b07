package dev.imaged.server.etcd;

import dev.imaged.internal.time.CommitClock;
import dev.imaged.server.etcd.CommitOutcome.Committed;
import dev.imaged.server.etcd.CommitOutcome.Known;
import dev.imaged.server.etcd.PendingWrite.Decision;
import dev.imaged.server.etcd.PendingWrite.Stage;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.write.Proposal;
import dev.imaged.server.store.write.Proposal.ProposedCommit;
import dev.imaged.server.store.write.Proposal.RequestKey;
import java.nio.ByteBuffer;
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
    private final Database view;
    private final Barrier barrier;
    private final CommitSender sender;
    private final CommitClock clock;
    private final WriteSteps steps;
    private final SoleWrite sole;
    private final Removals removals;

    /** For the thread of the proposer. */
    private final HeldImages<PendingWrite<?>> held = new HeldImages<>();

    /**
     * Makes a proposer.
     *
     * @param view what the decisions are made on
     * @param clock the times of the commits
     * @param executor of one thread
     */
    Proposer(
            Database view,
            Barrier barrier,
            CommitSender sender,
            SoleRight right,
            CommitClock clock,
            ScheduledExecutorService executor) {
        this.view = view;
        this.barrier = barrier;
        this.sender = sender;
        this.clock = clock;
        this.steps = new WriteSteps(executor, this::answered);
        this.sole = new SoleWrite(right, steps, this::decide);
        this.removals = new Removals(sender, steps);
    }

    /**
     * Takes a write, and returns at once.
     *
     * @throws RejectedExecutionException when the daemon stops
     */
    void take(PendingWrite<?> write) {
        steps.first(() -> decide(write), write);
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
        }
        Decision decision = write.decide(view, clock);
        ProposedCommit commit = decision.commit();
        if (commit == null) {
            unchanged(write, decision);
            return;
        }
        if (write.soleRight == 0 && CommitRequest.needsSoleRight(decision.proposal())) {
            sole.begin(write);
        } else if (write.soleRight == 0) {
            sendHolding(write, decision.proposal(), commit);
        } else { // this daemon sends nothing else, and what it has sent before comes too late
            send(write, decision.proposal());
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
        sender.send(proposal, 0, write.soleRight)
                .whenComplete((outcome, error) -> steps.run(
                        () -> {
                            release(write); // before the answer, which may bring the next write of the same image
                            if (error != null) {
                                write.fail(WriteErrors.of(error));
                            } else if (outcome instanceof Committed committed) {
                                sole.committed(write);
                                removals.send(write, proposal, committed.revision());
                            } else if (outcome instanceof Known known) {
                                write.known = known.request();
                                again(write);
                            } else {
                                again(write);
                            }
                        },
                        write));
    }

    /** Something has changed meanwhile: the write is decided again on a view that knows it. */
    private void again(PendingWrite<?> write) {
        sole.end(write);
        write.stage = Stage.DECIDING;
        write.conflicts++;
        steps.runAgain(write.conflicts, () -> decideBehindBarrier(write), write);
    }

    /** Gives the images of a write back, and decides again the writes that wait for them. */
    private void release(PendingWrite<?> write) {
        ProposedCommit commit = write.holding;
        write.holding = null;
        if (commit != null) {
            held.release(commit.changes().keySet()).forEach(next -> steps.run(() -> decide(next), next));
        }
    }
}
