package dev.imaged.remote;

import com.google.protobuf.Empty;
import dev.imaged.errors.ImageException;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.images.v1.UpdateImageResponse;
import dev.imaged.proto.types.Descriptor;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The images of one namespace on the other end of a channel. */
final class RemoteImageStore implements AsyncImageStore {
    private final Channel channel;
    private final String namespace;
    private final Duration deadline;
    private final Consumer<List<String>> hintListener;

    RemoteImageStore(Channel channel, String namespace, Duration deadline, Consumer<List<String>> hintListener) {
        this.channel = channel;
        this.namespace = namespace;
        this.deadline = deadline;
        this.hintListener = hintListener;
    }

    @Override
    public CompletableFuture<Image> get(String name) {
        return call(
                ImagesGrpc.getGetMethod(),
                null,
                () -> {
                    ImageValidator.requireUnicode("name", name);
                    return GetImageRequest.newBuilder().setName(name).build();
                },
                (GetImageResponse response) -> ImageProtos.fromProto(response.getImage()));
    }

    @Override
    public CompletableFuture<List<Image>> list(List<String> filters) {
        return call(
                ImagesGrpc.getListMethod(),
                null,
                () -> {
                    filters.forEach(filter -> ImageValidator.requireUnicode("filters", filter));
                    return ListImagesRequest.newBuilder().addAllFilters(filters).build();
                },
                (ListImagesResponse response) -> response.getImagesList().stream()
                        .map(ImageProtos::fromProto)
                        .toList());
    }

    @Override
    public CompletableFuture<Image> create(Image image, WriteOptions options) {
        return call(
                ImagesGrpc.getCreateMethod(),
                options.lease(),
                () -> {
                    ImageValidator.requireUnicode(image);
                    CreateImageRequest.Builder request =
                            CreateImageRequest.newBuilder().setImage(ImageProtos.toProto(image));
                    if (options.sourceDateEpoch() != null) {
                        request.setSourceDateEpoch(ImageProtos.toProto(options.sourceDateEpoch()));
                    }
                    return request.build();
                },
                (CreateImageResponse response) -> ImageProtos.fromProto(response.getImage()));
    }

    @Override
    public CompletableFuture<Image> update(Image image, UpdateMask mask, WriteOptions options) {
        return call(
                ImagesGrpc.getUpdateMethod(),
                options.lease(),
                () -> {
                    ImageValidator.requireUnicode(image);
                    mask.paths().forEach(path -> ImageValidator.requireUnicode("update_mask", path));
                    UpdateImageRequest.Builder request = UpdateImageRequest.newBuilder()
                            .setImage(ImageProtos.toProto(image))
                            .setUpdateMask(ImageProtos.toProto(mask));
                    if (options.sourceDateEpoch() != null) {
                        request.setSourceDateEpoch(ImageProtos.toProto(options.sourceDateEpoch()));
                    }
                    return request.build();
                },
                (UpdateImageResponse response) -> ImageProtos.fromProto(response.getImage()));
    }

    @Override
    public CompletableFuture<Void> delete(String name, DeleteOptions options) {
        return call(
                ImagesGrpc.getDeleteMethod(),
                null,
                () -> {
                    ImageValidator.requireUnicode("name", name);
                    ImageValidator.requireUnicode("target.Digest", options.targetDigest());
                    DeleteImageRequest.Builder request =
                            DeleteImageRequest.newBuilder().setName(name).setSync(options.sync());
                    if (!options.targetDigest().isEmpty()) {
                        request.setTarget(Descriptor.newBuilder().setDigest(options.targetDigest()));
                    }
                    return request.build();
                },
                (Empty response) -> null);
    }

    /**
     * Starts a call. A request that cannot be sent, such as text that is not Unicode, fails the future like any other
     * error.
     */
    private <Q, R, T extends @Nullable Object> CompletableFuture<T> call(
            MethodDescriptor<Q, R> method, @Nullable String lease, Supplier<Q> request, Function<R, T> result) {
        Metadata headers = NamespaceHeader.write(namespace);
        CallOptions options = CallOptions.DEFAULT
                .withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS)
                .withExecutor(Runnable::run);
        try {
            if (lease != null) {
                headers.put(NamespaceHeader.LEASE, requireHeader("lease", lease));
            }
            return new UnaryCall<>(channel.newCall(method, options), result, hintListener)
                    .start(headers, request.get());
        } catch (ImageException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** A header carries printable ASCII only: other characters would become question marks. */
    private static String requireHeader(String field, String text) {
        if (!text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new ImageException.InvalidArgument(
                    field + " " + Excerpt.quote(text) + " must consist of printable ASCII characters");
        }
        return text;
    }
}
