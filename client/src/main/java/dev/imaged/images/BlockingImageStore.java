package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A view of an {@link AsyncImageStore} whose calls wait for the answer.
 *
 * @param pages the long lists of the same images, if there are any
 * @param transactions what writes on a condition, if anything does
 */
record BlockingImageStore(
        AsyncImageStore async, Supplier<Optional<Pages>> pages, Supplier<Optional<Transactions>> transactions)
        implements ImageStore {
    private static final List<String> TOO_MANY = List.of(
            "if the list is too long for one message, ask for a part of it with a filter, such as name~=^docker.io/library/");

    @Override
    public Image get(String name) {
        return Answers.await(async.get(name));
    }

    @Override
    public List<Image> list(List<String> filters) {
        return Answers.await(async.list(filters));
    }

    @Override
    public Stream<Image> stream(List<String> filters) {
        Optional<Pages> lists = pages.get();
        if (lists.isPresent()) {
            ListOptions options = ListOptions.DEFAULT.withFilters(filters);
            return lists.get().stream(options).stream().map(VersionedImage::image);
        }
        try {
            return list(filters).stream();
        } catch (ImageException.ResourceExhausted e) {
            throw e.hints().isEmpty() ? e.withHints(TOO_MANY) : e;
        }
    }

    @Override
    public Image create(Image image, WriteOptions options) {
        return Answers.await(async.create(image, options));
    }

    @Override
    public Image update(Image image, UpdateMask mask, WriteOptions options) {
        return Answers.await(async.update(image, mask, options));
    }

    @Override
    public void delete(String name, DeleteOptions options) {
        Answers.await(async.delete(name, options));
    }

    @Override
    public Image modify(String name, UnaryOperator<Image> change) {
        Optional<Transactions> conditional = transactions.get();
        return conditional.isPresent()
                ? conditional.get().modify(name, change).image()
                : ImageStore.super.modify(name, change);
    }
}
