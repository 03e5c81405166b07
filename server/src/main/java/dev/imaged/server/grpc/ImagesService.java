package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.Timestamp;
import dev.imaged.errors.ImageException;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.admission.TransportWork;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The Images API. It checks what containerd checks before the namespace, then the namespace, and hands the rest to the engine.
 * Its answers are the engine's bytes.
 *
 * <p>Gets, small lists and the hand-over of a write run on the thread that decoded the request, mostly a transport thread. All
 * other lists run on a bounded executor.
 */
public final class ImagesService {
    private final TransportWork work = new TransportWork(System::nanoTime, EncodedResponse.MAX_BYTES);

    private final ImageEngine engine;
    private final ListCalls lists;
    private final HeaderCalls withHeaders;

    /**
     * Makes the service.
     *
     * @param lists runs the lists that take long
     * @param maxListTime how long such a list may run
     */
    public ImagesService(ImageEngine engine, ListExecutor lists, Duration maxListTime) {
        this.engine = engine;
        this.lists = new ListCalls(lists, maxListTime);
        this.withHeaders = new HeaderCalls(engine, this.lists);
    }

    /** Returns the methods, for a server to serve. */
    public ServerServiceDefinition definition() {
        var get = method(ImagesGrpc.getGetMethod(), GetImageRequest.parser(), GetImageRequest.getDescriptor());
        var list = method(ImagesGrpc.getListMethod(), ListImagesRequest.parser(), ListImagesRequest.getDescriptor());
        var create =
                method(ImagesGrpc.getCreateMethod(), CreateImageRequest.parser(), CreateImageRequest.getDescriptor());
        var update =
                method(ImagesGrpc.getUpdateMethod(), UpdateImageRequest.parser(), UpdateImageRequest.getDescriptor());
        var delete =
                method(ImagesGrpc.getDeleteMethod(), DeleteImageRequest.parser(), DeleteImageRequest.getDescriptor());
        ServiceDescriptor descriptor = ServiceDescriptor.newBuilder(ImagesGrpc.SERVICE_NAME)
                .setSchemaDescriptor(ImagesGrpc.getServiceDescriptor().getSchemaDescriptor())
                .addMethod(get)
                .addMethod(list)
                .addMethod(create)
                .addMethod(update)
                .addMethod(delete)
                .build();
        return ServerServiceDefinition.builder(descriptor)
                .addMethod(get, new UnaryHandler<>(this::get))
                .addMethod(list, new UnaryHandler<>(this::list))
                .addMethod(create, new UnaryHandler<>(this::create))
                .addMethod(update, new UnaryHandler<>(this::update))
                .addMethod(delete, new UnaryHandler<>(this::delete))
                .build();
    }

    private static <Q extends Message> MethodDescriptor<RequestOrError<Q>, ByteString> method(
            MethodDescriptor<Q, ?> generated, Parser<Q> parser, Descriptor type) {
        return generated.toBuilder(RequestOrError.marshaller(parser, type), EncodedMarshaller.INSTANCE)
                .build();
    }

    private void get(GetImageRequest request, Metadata headers, Responder responder) {
        if (ImagedHeaders.areIn(headers)) {
            withHeaders.get(request.getName(), headers, responder);
            return;
        }
        responder.answer(EncodedResponse.of(images(headers).get(request.getName())));
    }

    private void list(ListImagesRequest request, Metadata headers, Responder responder) {
        if (ImagedHeaders.areIn(headers)) {
            withHeaders.list(request.getFiltersList(), headers, responder);
            return;
        }
        EncodedImages images = images(headers);
        ImageQuery query =
                TransportWork.mayParse(request.getFiltersList()) ? images.list(request.getFiltersList()) : null;
        long start = work.now();
        ByteString response = query == null ? null : query.answerNow(work.limits());
        if (query != null && response != null) {
            List<String> hints = query.hints();
            work.send(response.size(), start, () -> responder.answer(response, hints));
            return;
        }
        lists.run(request.getFiltersList(), responder, cancellation -> {
            ImageQuery planned = query == null ? images.list(request.getFiltersList()) : query;
            ByteString answer = planned.answer(cancellation);
            List<String> hints = planned.hints();
            return () -> responder.answer(answer, hints);
        });
    }

    private void create(CreateImageRequest request, Metadata headers, Responder responder) {
        ImageValidator.requireName(request.getImage().getName());
        EncodedImages images = images(headers);
        WriteOptions options = options(request.hasSourceDateEpoch() ? request.getSourceDateEpoch() : null, headers);
        if (ImagedHeaders.areIn(headers)) {
            withHeaders.create(ImageProtos.fromRequest(request.getImage()), options, headers, responder);
            return;
        }
        responder.requireWritePlace();
        answer(images.create(ImageProtos.fromRequest(request.getImage()), options), responder);
    }

    private void update(UpdateImageRequest request, Metadata headers, Responder responder) {
        ImageValidator.requireName(request.getImage().getName());
        EncodedImages images = images(headers);
        WriteOptions options = options(request.hasSourceDateEpoch() ? request.getSourceDateEpoch() : null, headers);
        Image image = ImageProtos.fromRequest(request.getImage());
        UpdateMask mask = ImageProtos.fromProto(request.getUpdateMask());
        if (ImagedHeaders.areIn(headers)) {
            withHeaders.update(image, mask, options, headers, responder);
            return;
        }
        responder.requireWritePlace();
        answer(images.update(image, mask, options), responder);
    }

    private void delete(DeleteImageRequest request, Metadata headers, Responder responder) {
        DeleteOptions options =
                new DeleteOptions(request.getSync(), request.getTarget().getDigest());
        EncodedImages images = images(headers);
        if (ImagedHeaders.areIn(headers)) {
            withHeaders.delete(request.getName(), options, headers, responder);
            return;
        }
        responder.requireWritePlace();
        images.delete(request.getName(), options).whenComplete((nothing, error) -> {
            if (error != null) {
                responder.fail(error);
            } else {
                responder.answer(ByteString.EMPTY);
            }
        });
    }

    private static void answer(CompletableFuture<ByteString> written, Responder responder) {
        written.whenComplete((image, error) -> {
            if (error != null) {
                responder.fail(error);
            } else {
                responder.answer(EncodedResponse.of(image));
            }
        });
    }

    private EncodedImages images(Metadata headers) {
        String namespace = NamespaceHeader.first(headers, NamespaceHeader.NAMESPACE);
        return engine.namespace(namespace == null ? "" : namespace);
    }

    private static WriteOptions options(@Nullable Timestamp sourceDateEpoch, Metadata headers) {
        String lease = NamespaceHeader.first(headers, NamespaceHeader.LEASE);
        return sourceDateEpoch == null && lease == null
                ? WriteOptions.DEFAULT
                : new WriteOptions(sourceDateEpoch == null ? null : epoch(sourceDateEpoch), lease);
    }

    private static Instant epoch(Timestamp sourceDateEpoch) {
        try {
            return ImageProtos.fromProto(sourceDateEpoch);
        } catch (DateTimeException e) {
            throw new ImageException.InvalidArgument(
                    "source_date_epoch of " + sourceDateEpoch.getSeconds() + " seconds is beyond what a time can hold");
        }
    }
}
