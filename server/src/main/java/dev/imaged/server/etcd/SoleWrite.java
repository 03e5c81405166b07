package dev.imaged.server.etcd;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The write of this daemon that has the right to write alone, or asks for it, and the writes that wait for its end: their transactions
 * would fail. For the thread of the proposer.
 */
final class SoleWrite {
    private final SoleRight right;
    private final WriteSteps steps;
    private final Consumer<PendingWrite<?>> decide;
    private final Queue<PendingWrite<?>> waiting = new ArrayDeque<>();
    private @Nullable PendingWrite<?> sole;

    /** @param decide decides on a write that may go on */
    SoleWrite(SoleRight right, WriteSteps steps, Consumer<PendingWrite<?>> decide) {
        this.right = right;
        this.steps = steps;
        this.decide = decide;
    }

    /** Queues a write if another is alone; returns false when there is none. */
    boolean await(PendingWrite<?> write) {
        return sole != null && sole != write && waiting.add(write);
    }

    /** Asks for the right, and has a write decided again once it has that. No other may be alone. */
    void begin(PendingWrite<?> write) {
        sole = write;
        ask(write, 0);
    }

    private void ask(PendingWrite<?> write, int refusals) {
        if (write.isAnswered()) {
            return;
        }
        right.take()
                .whenComplete((revision, error) -> steps.run(
                        () -> {
                            if (error != null) {
                                write.fail(WriteErrors.notStored(error));
                            } else if (revision == 0) {
                                write.isLocked = true;
                                steps.runAgain(refusals, () -> ask(write, refusals + 1), write);
                            } else {
                                write.isLocked = false;
                                write.soleRight = revision;
                                write.isBehindBarrier = true;
                                decide.accept(write);
                            }
                        },
                        write));
    }

    /** Says that the transaction of a write was carried out, which gives the right back. */
    void committed(PendingWrite<?> write) {
        write.soleRight = 0;
        end(write);
    }

    /** Gives the right back if a write has it, and returns a future of that. Nothing else may run any more. */
    CompletableFuture<?> close() {
        PendingWrite<?> last = sole;
        return last == null || last.soleRight == 0
                ? CompletableFuture.completedFuture(null)
                : right.giveBack(last.soleRight);
    }

    /** Gives the right back, if it is that of the write, and has what waits decided. */
    void end(PendingWrite<?> write) {
        if (sole != write) {
            return;
        }
        sole = null;
        if (write.soleRight != 0) {
            right.giveBack(write.soleRight);
            write.soleRight = 0;
        }
        next();
    }

    /** Has the first that waits decided, then the next, until one of them has to be alone. */
    private void next() {
        PendingWrite<?> first = sole == null ? waiting.poll() : null;
        if (first != null) {
            steps.runThen(() -> decide.accept(first), this::next, first);
        }
    }
}
