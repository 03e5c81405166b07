package dev.imaged.server.etcd;

import dev.imaged.server.etcd.CommitOutcome.Locked;
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

    /**
     * Sends the commits behind the first, then answers the write.
     *
     * @param first the revision of the first commit
     */
    void send(PendingWrite<?> write, Proposal proposal, long first) {
        write.stage = PendingWrite.Stage.REMOVING;
        write.removals = proposal.commits().size() - 1;
        next(write, proposal, first, 0);
    }

    private void next(PendingWrite<?> write, Proposal proposal, long first, int refusals) {
        if (write.removed == write.removals) {
            write.complete(first);
        } else if (!write.isAnswered()) {
            sender.send(proposal, write.removed + 1, 0)
                    .whenComplete((outcome, error) -> steps.run(
                            () -> {
                                if (error != null) {
                                    write.fail(WriteErrors.notRemoved(write, error));
                                } else if (outcome instanceof Locked) {
                                    steps.runAgain(refusals, () -> next(write, proposal, first, refusals + 1), write);
                                } else {
                                    write.removed++;
                                    next(write, proposal, first, 0);
                                }
                            },
                            write));
        }
    }
}
