package dev.imaged.remote;

import dev.imaged.errors.ImageException;
import dev.imaged.images.ListPart;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.HintTrailer;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.ListStreamResponse;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A list that is sent while it is read, for one subscriber: gRPC's flow control keeps the other end from sending more than a few messages
 * ahead. A list whose call is lost ends with an error.
 */
final class ListSubscription extends CallSubscription<ListStreamRequest, ListStreamResponse, ListPart> {
    private final RemoteCatalog catalog;
    private final Supplier<ListStreamRequest> request;

    /** Whether a message has come: even an empty list has one. */
    private boolean isStarted;

    /** The part that the subscriber has not asked for yet. */
    private @Nullable ListPart ready;

    /** Ends the list once the subscriber has all parts. */
    private @Nullable Runnable end;

    /** @param request may throw an {@link ImageException}, which ends the subscription */
    ListSubscription(
            RemoteCatalog catalog, Supplier<ListStreamRequest> request, Flow.Subscriber<? super ListPart> subscriber) {
        super("list", catalog.deadline().toNanos(), subscriber);
        this.catalog = catalog;
        this.request = request;
    }

    /** The call has no deadline: how long it takes depends on the subscriber. */
    @Override
    void connect() {
        try {
            ListStreamRequest message = request.get();
            begin(
                    catalog.channel()
                            .newCall(
                                    CatalogGrpc.getListStreamMethod(),
                                    CallOptions.DEFAULT.withMaxInboundMessageSize(RemoteCatalog.MAX_MESSAGE_BYTES)),
                    message);
        } catch (ImageException e) {
            fail(e);
        }
    }

    /** Asks for the next message even without demand: an error needs none. */
    @Override
    void proceed() {
        if (ready != null && wantsMore()) {
            ListPart part = ready;
            ready = null;
            next(part);
        }
        if (ready == null && end != null) {
            end.run();
        } else if (ready == null) {
            ask();
        }
    }

    @Override
    void received(ListStreamResponse response) {
        isStarted = true;
        ready = new ListPart(
                response.getImagesList().stream().map(CatalogProtos::fromProto).toList(),
                CatalogProtos.fromProto(response.getPosition()));
        proceed();
    }

    @Override
    void closed(Status status, Metadata trailers) {
        if (!status.isOk()) {
            endWith(GrpcErrors.fromCall(status, trailers));
        } else if (!isStarted) {
            endWith(new ImageException.Internal("the server ended the list without an answer", null));
        } else {
            try {
                catalog.hear(HintTrailer.read(trailers));
                end = this::complete;
            } catch (ImageException e) {
                endWith(e);
            }
        }
        disconnect();
        proceed();
    }

    @Override
    void silent() {
        endWith(new ImageException.DeadlineExceeded(
                "the list did not go on within " + catalog.deadline().toMillis() + " ms", null));
        proceed();
    }

    private void endWith(ImageException error) {
        end = () -> fail(error);
    }

    @Override
    void released() {
        ready = null;
    }
}
