package dev.imaged.server.etcd;

import dev.imaged.server.etcd.CommitOutcome.Committed;
import dev.imaged.server.etcd.CommitOutcome.Locked;
import dev.imaged.server.etcd.CommitOutcome.NotDone;
import dev.imaged.server.store.write.Proposal;

/**
 * Removes the images that have expired, behind a write that asks for that: each is a commit, sent once the one before is done. An image
 * that was changed meanwhile stays. The first error ends it. For the thread of the proposer.
 */
final class Removals {
    private final CommitSender sender;
    private final WriteSteps steps;

    Removals(CommitSender sender, WriteSteps steps) {
        this.sender = sender;
        this.steps = steps;
    }

    /** Sends the commits behind the first, then answers the write. */
    void send(PendingWrite<?> write, Proposal proposal) {
        next(write, proposal, 0);
    }

    private void next(PendingWrite<?> write, Proposal proposal, int refusals) {
        if (write.removed == write.removals) {
            write.complete(write.revision);
        } else if (!write.isAnswered()) {
            sender.send(proposal, write.removed + 1, 0)
                    .whenComplete((outcome, error) -> steps.run(
                            () -> {
                                if (error != null) {
                                    write.fail(WriteErrors.notRemoved(write, error));
                                } else if (outcome instanceof Locked || outcome instanceof NotDone) {
                                    steps.runAgain(refusals, () -> next(write, proposal, refusals + 1), write);
                                } else {
                                    removed(write, proposal, outcome);
                                }
                            },
                            write));
        }
    }

    private void removed(PendingWrite<?> write, Proposal proposal, CommitOutcome outcome) {
        write.removed++;
        if (write.removed == write.removals) {
            write.stage = PendingWrite.Stage.STORED;
        }
        if (outcome instanceof Committed committed) {
            sender.whenViewHas(committed.revision())
                    .whenComplete((reached, late) -> steps.run(() -> next(write, proposal, 0), write));
        } else {
            next(write, proposal, 0);
        }
    }
}
