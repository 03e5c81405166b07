package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.filters.Filters;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The contract of an image store in its plainest form: everything in memory under one lock. It serves tests, here and
 * in other programs. Nothing survives {@link #close}. Thread-safe.
 */
public final class InMemoryImageStores implements ImageStores {
    private final InMemoryState state;
    private boolean closed;

    /** Makes empty stores that take the time from the system. */
    public InMemoryImageStores() {
        this(Clock.systemUTC());
    }

    /** Makes empty stores that take the time from {@code clock}. */
    public InMemoryImageStores(Clock clock) {
        this.state = new InMemoryState(clock);
    }

    @Override
    public AsyncImageStore async(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new Store(namespace);
    }

    @Override
    public synchronized void close() {
        closed = true;
    }

    private synchronized <T extends @Nullable Object> CompletableFuture<T> call(Supplier<T> body) {
        if (closed) {
            return CompletableFuture.failedFuture(new ImageException.Unavailable("the image stores are closed", null));
        }
        try {
            return CompletableFuture.completedFuture(body.get());
        } catch (ImageException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Removes the images of all namespaces that have expired, each in a commit of its own. */
    private void collect() {
        for (String namespace : state.namespaces()) {
            for (VersionedImage found : List.copyOf(state.images(namespace).values())) {
                Instant now = state.nextTime();
                if (ImageRules.isExpired(found.image().labels(), now)) {
                    state.remove(
                            state.begin(namespace, now, Cause.UNKNOWN),
                            found.image().name());
                }
            }
        }
    }

    private final class Store implements AsyncImageStore {
        private final String namespace;

        Store(String namespace) {
            this.namespace = namespace;
        }

        @Override
        public CompletableFuture<Image> get(String name) {
            return call(() -> {
                ImageValidator.requireUnicode("name", name);
                return ImageRules.requireFound(name, state.find(namespace, name));
            });
        }

        @Override
        public CompletableFuture<List<Image>> list(List<String> filters) {
            return call(() -> {
                filters.forEach(filter -> ImageValidator.requireUnicode("filters", filter));
                Filters parsed = Filters.parse(filters);
                return state.images(namespace).values().stream()
                        .map(VersionedImage::image)
                        .filter(parsed::matches)
                        .toList();
            });
        }

        @Override
        public CompletableFuture<Image> create(Image image, WriteOptions options) {
            return call(() -> {
                Instant now = state.nextTime();
                boolean exists = state.find(namespace, image.name()) != null;
                return put(ImageRules.create(exists, image, options, now), now);
            });
        }

        @Override
        public CompletableFuture<Image> update(Image image, UpdateMask mask, WriteOptions options) {
            return call(() -> {
                Instant now = state.nextTime();
                Image existing = state.find(namespace, image.name());
                return put(ImageRules.update(existing, image, mask, options, now), now);
            });
        }

        @Override
        public CompletableFuture<Void> delete(String name, DeleteOptions options) {
            return call(() -> {
                Instant now = state.nextTime();
                ImageRules.delete(state.find(namespace, name), name, options);
                state.remove(state.begin(namespace, now, Cause.UNKNOWN), name);
                if (options.sync()) {
                    collect();
                }
                return null;
            });
        }

        private Image put(Image image, Instant now) {
            return state.put(state.begin(namespace, now, Cause.UNKNOWN), image);
        }
    }
}
