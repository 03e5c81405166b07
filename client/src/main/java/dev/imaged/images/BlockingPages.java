package dev.imaged.images;

/** A view of an {@link AsyncPages} whose calls wait for the answer. */
record BlockingPages(AsyncPages async) implements Pages {
    @Override
    public Page page(PageOptions options) {
        return Answers.await(async.page(options));
    }

    @Override
    public Listing stream(ListOptions options) {
        return BlockingListing.open(async.stream(options));
    }
}
