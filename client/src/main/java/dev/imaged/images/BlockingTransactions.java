package dev.imaged.images;

/** A view of an {@link AsyncTransactions} whose calls wait for the answer. */
record BlockingTransactions(AsyncTransactions async) implements Transactions {
    @Override
    public Applied apply(Apply apply) {
        return Answers.await(async.apply(apply));
    }

    @Override
    public Applied revert(Revert revert) {
        return Answers.await(async.revert(revert));
    }

    @Override
    public Applied undo(Undo undo) {
        return Answers.await(async.undo(undo));
    }
}
