package dev.imaged.server;

import dev.imaged.images.Condition;
import dev.imaged.images.ConditionalWrites;
import dev.imaged.images.Image;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.ImagesGrpc.ImagesBlockingStub;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Writes on a condition as clients of the Images API reach them: by headers. */
final class HeaderWrites implements ConditionalWrites {
    private final Channel channel;

    HeaderWrites(Channel channel) {
        this.channel = channel;
    }

    @Override
    public Written write(String namespace, Operation operation, RequestOptions options) {
        Metadata headers = NamespaceHeader.write(namespace);
        put(headers, "imaged-want", "revision");
        put(headers, "imaged-request-id", options.requestId());
        put(headers, "imaged-reason", options.reason());
        Condition condition = operation.condition();
        put(headers, "imaged-if-digest", condition.digest());
        put(headers, "imaged-if-revision", condition.revision() == 0 ? "" : "" + condition.revision());
        put(headers, "imaged-replace", operation instanceof Operation.Put ? "true" : "");
        AtomicReference<Metadata> answered = new AtomicReference<>();
        ImagesBlockingStub images = ImagesGrpc.newBlockingStub(channel)
                .withDeadlineAfter(1, TimeUnit.MINUTES)
                .withInterceptors(
                        MetadataUtils.newAttachHeadersInterceptor(headers),
                        MetadataUtils.newCaptureMetadataInterceptor(answered, new AtomicReference<>()));
        try {
            Image image = write(images, operation);
            return new Written(image, Long.parseLong(answered.get().get(key("imaged-revision"))));
        } catch (StatusRuntimeException e) {
            throw GrpcErrors.fromCall(e);
        }
    }

    private static Image write(ImagesBlockingStub images, Operation operation) {
        if (operation instanceof Operation.Update update) {
            UpdateImageRequest request = UpdateImageRequest.newBuilder()
                    .setImage(ImageProtos.toProto(update.image()))
                    .setUpdateMask(ImageProtos.toProto(update.mask()))
                    .build();
            return ImageProtos.fromProto(images.update(request).getImage());
        } else if (operation instanceof Operation.Delete delete) {
            images.delete(DeleteImageRequest.newBuilder().setName(delete.name()).build());
            return null;
        }
        Image image = operation instanceof Operation.Put put ? put.image() : ((Operation.Create) operation).image();
        CreateImageRequest request = CreateImageRequest.newBuilder()
                .setImage(ImageProtos.toProto(image))
                .build();
        return ImageProtos.fromProto(images.create(request).getImage());
    }

    private static void put(Metadata headers, String name, String value) {
        if (!value.isEmpty()) {
            headers.put(key(name), value);
        }
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
