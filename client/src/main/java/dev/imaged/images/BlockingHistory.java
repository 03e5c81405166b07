package dev.imaged.images;

/** A view of an {@link AsyncHistory} whose calls wait for the answer. */
record BlockingHistory(AsyncHistory async) implements History {
    @Override
    public VersionedImage get(String name, AsOf asOf) {
        return Answers.await(async.get(name, asOf));
    }

    @Override
    public HistoryPage changes(String name, int size, String token) {
        return Answers.await(async.changes(name, size, token));
    }
}
