package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.filters.Filters;
import dev.imaged.internal.text.Utf8Order;
import dev.imaged.internal.time.CommitClock;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The contract of an image store in its plainest form: everything in memory under one lock. It serves tests, here and
 * in other programs. Nothing survives {@link #close}. Thread-safe.
 */
public final class InMemoryImageStores implements ImageStores {
    private final CommitClock clock;
    private final Map<String, Map<String, Image>> namespaces = new HashMap<>();
    private boolean closed;

    /** Makes empty stores that take the time from the system. */
    public InMemoryImageStores() {
        this(Clock.systemUTC());
    }

    /** Makes empty stores that take the time from {@code clock}. */
    public InMemoryImageStores(Clock clock) {
        this.clock = new CommitClock(clock, Instant.MIN);
    }

    @Override
    public AsyncImageStore async(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new Store(namespace);
    }

    @Override
    public synchronized void close() {
        closed = true;
        namespaces.clear();
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

    private void collect(Instant now) {
        namespaces
                .values()
                .forEach(images -> images.values().removeIf(image -> ImageRules.isExpired(image.labels(), now)));
    }

    private final class Store implements AsyncImageStore {
        private final String namespace;

        Store(String namespace) {
            this.namespace = namespace;
        }

        private Map<String, Image> images() {
            return namespaces.computeIfAbsent(namespace, key -> new TreeMap<>(Utf8Order.COMPARATOR));
        }

        @Override
        public CompletableFuture<Image> get(String name) {
            return call(() -> {
                ImageValidator.requireUnicode("name", name);
                return ImageRules.requireFound(name, images().get(name));
            });
        }

        @Override
        public CompletableFuture<List<Image>> list(List<String> filters) {
            return call(() -> {
                filters.forEach(filter -> ImageValidator.requireUnicode("filters", filter));
                Filters parsed = Filters.parse(filters);
                return images().values().stream().filter(parsed::matches).toList();
            });
        }

        @Override
        public CompletableFuture<Image> create(Image image, WriteOptions options) {
            return call(() -> {
                boolean exists = images().containsKey(image.name());
                return put(ImageRules.create(exists, image, options, clock.next()));
            });
        }

        @Override
        public CompletableFuture<Image> update(Image image, UpdateMask mask, WriteOptions options) {
            return call(() -> {
                Image existing = images().get(image.name());
                return put(ImageRules.update(existing, image, mask, options, clock.next()));
            });
        }

        @Override
        public CompletableFuture<Void> delete(String name, DeleteOptions options) {
            return call(() -> {
                ImageRules.delete(images().get(name), name, options);
                images().remove(name);
                if (options.sync()) {
                    collect(clock.next());
                }
                return null;
            });
        }

        private Image put(Image image) {
            images().put(image.name(), image);
            return image;
        }
    }
}
