package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.proto.events.v1.EventsGrpc;
import dev.imaged.proto.events.v1.SubscribeRequest;
import dev.imaged.server.admission.CallAccount;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.engine.ImageCatalog;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.time.Duration;

/** containerd's Events service, for those who subscribe: the events are the changes of images. */
public final class EventsService {
    private final ImageCatalog catalog;
    private final WatchStreams watches;
    private final ListExecutor lists;
    private final Duration maxTime;

    /**
     * Makes the service.
     *
     * @param lists runs what takes long
     * @param maxTime how long the work for an event may take
     */
    public EventsService(ImageCatalog catalog, WatchStreams watches, ListExecutor lists, Duration maxTime) {
        this.catalog = catalog;
        this.watches = watches;
        this.lists = lists;
        this.maxTime = maxTime;
    }

    /** Returns the methods, for a server to serve. */
    public ServerServiceDefinition definition() {
        MethodDescriptor<RequestOrError<SubscribeRequest>, ByteString> subscribe =
                EventsGrpc.getSubscribeMethod().toBuilder(
                                RequestOrError.marshaller(SubscribeRequest.parser(), SubscribeRequest.getDescriptor()),
                                EncodedMarshaller.INSTANCE)
                        .build();
        ServiceDescriptor descriptor = ServiceDescriptor.newBuilder(EventsGrpc.SERVICE_NAME)
                .setSchemaDescriptor(EventsGrpc.getServiceDescriptor().getSchemaDescriptor())
                .addMethod(subscribe)
                .build();
        return ServerServiceDefinition.builder(descriptor)
                .addMethod(subscribe, new StreamHandler<>(this::subscribe))
                .build();
    }

    private WatchStream subscribe(
            SubscribeRequest request, Metadata headers, ServerCall<?, ByteString> call, CallAccount account) {
        WatchStream.requireSmall(request);
        return WatchStream.open(
                call, account, watches, lists, maxTime, new EventWatch(catalog, request.getFiltersList()));
    }
}
