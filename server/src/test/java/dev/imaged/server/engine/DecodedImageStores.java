package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Changes;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.History;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.Pages;
import dev.imaged.images.Transactions;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.images.v1.ListImagesResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** The view of an engine as image stores, so that the contract of a store runs over it in one process. */
public record DecodedImageStores(ImageEngine engine) implements ImageStores {
    @Override
    public AsyncImageStore async(String namespace) {
        return new Store(engine.namespace(namespace));
    }

    @Override
    public Optional<Pages> pages(String namespace) {
        return Optional.of(catalog(namespace));
    }

    @Override
    public Optional<History> history(String namespace) {
        return Optional.of(catalog(namespace));
    }

    private DecodedCatalog catalog(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return new DecodedCatalog(engine.catalog(), namespace);
    }

    @Override
    public Optional<Changes> changes() {
        return Optional.of(options -> new DecodedWatch(engine.catalog(), options));
    }

    @Override
    public Optional<Transactions> transactions(String namespace) {
        ImageValidator.requireNamespace(namespace);
        return Optional.of(new DecodedTransactions(engine.transactions(), namespace));
    }

    @Override
    public void close() {
        engine.close();
    }

    private record Store(EncodedImages images) implements AsyncImageStore {
        @Override
        public CompletableFuture<Image> get(String name) {
            return now(() -> decode(images.get(name)));
        }

        @Override
        public CompletableFuture<List<Image>> list(List<String> filters) {
            return now(() -> {
                filters.forEach(filter -> ImageValidator.requireUnicode("filters", filter));
                return decodeList(images.list(filters).answer(Cancellation.NONE));
            });
        }

        @Override
        public CompletableFuture<Image> create(Image image, WriteOptions options) {
            return decoded(images.create(image, options));
        }

        @Override
        public CompletableFuture<Image> update(Image image, UpdateMask mask, WriteOptions options) {
            return decoded(images.update(image, mask, options));
        }

        @Override
        public CompletableFuture<Void> delete(String name, DeleteOptions options) {
            return images.delete(name, options);
        }

        private static <T> CompletableFuture<T> now(Supplier<T> body) {
            try {
                return CompletableFuture.completedFuture(body.get());
            } catch (ImageException e) {
                return CompletableFuture.failedFuture(e);
            }
        }

        /** Not {@code thenApply}, which would wrap the error in a CompletionException. */
        private static CompletableFuture<Image> decoded(CompletableFuture<ByteString> written) {
            CompletableFuture<Image> result = new CompletableFuture<>();
            written.whenComplete((image, error) -> {
                if (error != null) {
                    result.completeExceptionally(error);
                } else {
                    now(() -> decode(image)).whenComplete((decoded, broken) -> {
                        if (broken != null) {
                            result.completeExceptionally(broken);
                        } else {
                            result.complete(decoded);
                        }
                    });
                }
            });
            return result;
        }

        private static Image decode(ByteString image) {
            try {
                return ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(image));
            } catch (InvalidProtocolBufferException e) {
                throw new ImageException.DataLoss("a stored image cannot be decoded", e);
            }
        }

        private static List<Image> decodeList(ByteString response) {
            try {
                return ListImagesResponse.parseFrom(response).getImagesList().stream()
                        .map(ImageProtos::fromProto)
                        .toList();
            } catch (InvalidProtocolBufferException e) {
                throw new ImageException.DataLoss("a stored image cannot be decoded", e);
            }
        }
    }
}
