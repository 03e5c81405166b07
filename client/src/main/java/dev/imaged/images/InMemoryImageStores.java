package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.filters.Filters;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
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
        this(clock, Integer.MAX_VALUE);
    }

    /**
     * Makes empty stores whose past goes back so many changes.
     *
     * @param clock the time of creations and updates
     * @param keptChanges how many changes are kept; a commit is kept or dropped as a whole, and the newest stays
     */
    public InMemoryImageStores(Clock clock, int keptChanges) {
        this.state = new InMemoryState(clock, keptChanges, this::notifyAll);
    }

    @Override
    public AsyncImageStore async(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new Store(namespace);
    }

    @Override
    public Optional<AsyncPages> asyncPages(String namespace) {
        ImageValidator.requireNamespace(namespace);
        InMemoryPages pages = new InMemoryPages(state, namespace);
        return Optional.of(new AsyncPages() {
            @Override
            public CompletableFuture<Page> page(PageOptions options) {
                return call(() -> pages.page(options));
            }

            @Override
            public Flow.Publisher<ListPart> stream(ListOptions options) {
                return subscriber -> ListingSubscription.subscribe(() -> now(() -> pages.stream(options)), subscriber);
            }
        });
    }

    @Override
    public Optional<AsyncHistory> asyncHistory(String namespace) {
        ImageValidator.requireNamespace(namespace);
        InMemoryHistory history = new InMemoryHistory(state, namespace);
        return Optional.of(new AsyncHistory() {
            @Override
            public CompletableFuture<VersionedImage> get(String name, AsOf asOf) {
                return call(() -> history.get(name, asOf));
            }

            @Override
            public CompletableFuture<HistoryPage> changes(String name, int size, String token) {
                return call(() -> history.changes(name, size, token));
            }
        });
    }

    @Override
    public Optional<Changes> changes() {
        return Optional.of(this::watch);
    }

    private synchronized Watch watch(WatchOptions options) {
        requireOpen();
        return new InMemoryWatch(this, state, () -> closed, options);
    }

    @Override
    public Optional<AsyncTransactions> asyncTransactions(String namespace) {
        ImageValidator.requireNamespace(namespace);
        InMemoryTransactions transactions = new InMemoryTransactions(this, state, namespace);
        return Optional.of(new AsyncTransactions() {
            @Override
            public CompletableFuture<Applied> apply(Apply apply) {
                return call(() -> transactions.apply(apply));
            }

            @Override
            public CompletableFuture<Applied> revert(Revert revert) {
                return call(() -> transactions.revert(revert));
            }

            @Override
            public CompletableFuture<Applied> undo(Undo undo) {
                return call(() -> transactions.undo(undo));
            }
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    private synchronized <T extends @Nullable Object> T now(Supplier<T> body) {
        requireOpen();
        return body.get();
    }

    private synchronized <T extends @Nullable Object> CompletableFuture<T> call(Supplier<T> body) {
        try {
            return CompletableFuture.completedFuture(now(body));
        } catch (ImageException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ImageException.Unavailable("the image stores are closed", null);
        }
    }

    /** Removes the images of all namespaces that have expired, each in a commit of its own. */
    private void collect() {
        for (String namespace : state.namespaces()) {
            for (VersionedImage found : List.copyOf(state.images(namespace).values())) {
                if (!found.image().labels().containsKey(GcLabels.EXPIRE)) {
                    continue;
                }
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
                state.dropOld();
                return null;
            });
        }

        private Image put(Image image, Instant now) {
            Image stored = state.put(state.begin(namespace, now, Cause.UNKNOWN), image);
            state.dropOld();
            return stored;
        }
    }
}
