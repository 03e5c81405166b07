package dev.imaged.images;

import dev.imaged.errors.ImageException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A view of an {@link AsyncImageStore} whose calls wait for the answer. */
record BlockingImageStore(AsyncImageStore async) implements ImageStore {
    @Override
    public Image get(String name) {
        return await(async.get(name));
    }

    @Override
    public List<Image> list(List<String> filters) {
        return await(async.list(filters));
    }

    @Override
    public Image create(Image image, WriteOptions options) {
        return await(async.create(image, options));
    }

    @Override
    public Image update(Image image, UpdateMask mask, WriteOptions options) {
        return await(async.update(image, mask, options));
    }

    @Override
    public void delete(String name, DeleteOptions options) {
        await(async.delete(name, options));
    }

    private static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new ImageException.Cancelled("interrupted while waiting for the image store", e);
        } catch (CancellationException e) {
            throw new ImageException.Cancelled("the call was cancelled", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ImageException known) {
                throw known;
            }
            throw new ImageException.Internal("the image store failed: " + e.getCause(), e);
        }
    }
}
