package dev.imaged.server.grpc;

import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.images.v1.UpdateImageResponse;
import io.grpc.Status;
import java.time.DateTimeException;
import java.util.List;

/** What the Images API answers to the bytes of a request: the rules of the wire in front of a store. */
final class RequestModel {
    private RequestModel() {}

    /** The code of an answer, and the images in it. */
    record Answer(Status.Code code, List<Image> images) {}

    static Answer call(ImageStores stores, String method, String namespace, byte[] request) {
        try {
            return new Answer(Status.Code.OK, images(stores, method, namespace, request));
        } catch (InvalidProtocolBufferException e) {
            return new Answer(Status.Code.INTERNAL, List.of());
        } catch (ImageException e) {
            return new Answer(GrpcErrors.toStatus(e).getCode(), List.of());
        }
    }

    private static List<Image> images(ImageStores stores, String method, String namespace, byte[] request)
            throws InvalidProtocolBufferException {
        return switch (method) {
            case "Create" -> {
                CreateImageRequest create = parse(CreateImageRequest.parser(), request);
                ImageValidator.requireName(create.getImage().getName());
                ImageStore store = stores.namespace(namespace);
                WriteOptions options = options(create.hasSourceDateEpoch(), create.getSourceDateEpoch());
                yield List.of(store.create(ImageProtos.fromRequest(create.getImage()), options));
            }
            case "Update" -> {
                UpdateImageRequest update = parse(UpdateImageRequest.parser(), request);
                ImageValidator.requireName(update.getImage().getName());
                ImageStore store = stores.namespace(namespace);
                WriteOptions options = options(update.hasSourceDateEpoch(), update.getSourceDateEpoch());
                yield List.of(store.update(
                        ImageProtos.fromRequest(update.getImage()),
                        ImageProtos.fromProto(update.getUpdateMask()),
                        options));
            }
            case "Delete" -> {
                DeleteImageRequest delete = parse(DeleteImageRequest.parser(), request);
                stores.namespace(namespace)
                        .delete(
                                delete.getName(),
                                new DeleteOptions(
                                        delete.getSync(), delete.getTarget().getDigest()));
                yield List.of();
            }
            case "List" -> {
                ListImagesRequest list = parse(ListImagesRequest.parser(), request);
                yield stores.namespace(namespace).list(list.getFiltersList());
            }
            default -> {
                GetImageRequest get = parse(GetImageRequest.parser(), request);
                yield List.of(stores.namespace(namespace).get(get.getName()));
            }
        };
    }

    /** Skips what is unknown: who keeps it instead (protobuf-java) takes varints that are too long for one. */
    private static <Q extends Message> Q parse(Parser<Q> parser, byte[] request) throws InvalidProtocolBufferException {
        return DiscardUnknownFieldsParser.wrap(parser).parseFrom(request);
    }

    private static WriteOptions options(boolean hasEpoch, Timestamp epoch) {
        try {
            return hasEpoch ? WriteOptions.atEpoch(ImageProtos.fromProto(epoch)) : WriteOptions.DEFAULT;
        } catch (DateTimeException e) {
            throw new ImageException.InvalidArgument("no time: " + e.getMessage());
        }
    }

    /** Reads an answer of a daemon. */
    static Answer answer(String method, Status.Code code, byte[] body) {
        try {
            List<dev.imaged.proto.images.v1.Image> images = code != Status.Code.OK
                    ? List.of()
                    : switch (method) {
                        case "Create" ->
                            List.of(CreateImageResponse.parseFrom(body).getImage());
                        case "Update" ->
                            List.of(UpdateImageResponse.parseFrom(body).getImage());
                        case "Get" -> List.of(GetImageResponse.parseFrom(body).getImage());
                        default -> ListImagesResponse.parseFrom(body).getImagesList(); // of an Empty, too
                    };
            return new Answer(code, images.stream().map(ImageProtos::fromProto).toList());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("the answer to " + method + " is no message", e);
        }
    }
}
