package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.proto.events.v1.EventsGrpc;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.namespaces.v1.NamespacesGrpc;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.GetRequest;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.MaintenanceGrpc;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.server.admission.CallMemoryLimiter;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageEngine.CurrentRead;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Has calls that read wait until the engine is current, for an engine that is not always. They occupy no thread meanwhile, and do not
 * wait if the engine has the position already that they name as new enough. Writes do not wait here: the engine decides when it has to be current for them.
 */
public final class CurrentReads implements ServerInterceptor {
    private static final Set<MethodDescriptor<?, ?>> READS = Set.of(
            ImagesGrpc.getGetMethod(),
            ImagesGrpc.getListMethod(),
            CatalogGrpc.getDescribeMethod(),
            CatalogGrpc.getGetMethod(),
            CatalogGrpc.getListPageMethod(),
            CatalogGrpc.getListStreamMethod(),
            CatalogGrpc.getWatchMethod(),
            CatalogGrpc.getHistoryMethod(),
            CatalogGrpc.getRevertMethod(), // it reads the past before it writes
            CatalogGrpc.getUndoMethod(),
            EventsGrpc.getSubscribeMethod(),
            NamespacesGrpc.getListMethod(),
            MaintenanceGrpc.getDumpMethod());

    private static final Set<String> NAMES =
            READS.stream().map(MethodDescriptor::getFullMethodName).collect(Collectors.toUnmodifiableSet());

    private final ImageEngine engine;

    private CurrentReads(ImageEngine engine) {
        this.engine = engine;
    }

    /** Returns a service whose reads are current. */
    public static ServerServiceDefinition of(ImageEngine engine, ServerServiceDefinition service) {
        return engine.isAlwaysCurrent() ? service : ServerInterceptors.intercept(service, new CurrentReads(engine));
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        ServerCall.Listener<Q> listener = next.startCall(call, headers);
        if (!NAMES.contains(call.getMethodDescriptor().getFullMethodName())) {
            return listener;
        }
        Object owner = CallMemoryLimiter.current().owner();
        return new SimpleForwardingServerCallListener<>(listener) {
            private @Nullable Position notBefore = ReadHeaders.notBefore(headers);

            @Override
            public void onMessage(Q message) {
                notBefore = notBefore == null ? notBefore(message) : notBefore;
                super.onMessage(message);
            }

            @Override
            public void onHalfClose() {
                engine.whenCurrent(new CurrentRead(owner, notBefore, super::onHalfClose, error -> fail(call, error)));
            }
        };
    }

    /** Returns the position that is new enough for a request; null when only the newest is, or the request cannot be read. */
    private static @Nullable Position notBefore(Object message) {
        try {
            Object request = message instanceof RequestOrError<?> decoded ? decoded.message() : message;
            if (request instanceof GetRequest get && get.hasNotBefore()) {
                return CatalogProtos.fromProto(get.getNotBefore());
            } else if (request instanceof ListPageRequest page && page.hasNotBefore()) {
                return CatalogProtos.fromProto(page.getNotBefore());
            } else if (request instanceof ListStreamRequest stream && stream.hasNotBefore()) {
                return CatalogProtos.fromProto(stream.getNotBefore());
            } else if (request instanceof WatchRequest watch
                    && watch.getSnapshot().hasNotBefore()) {
                return CatalogProtos.fromProto(watch.getSnapshot().getNotBefore());
            }
            return null;
        } catch (RuntimeException e) { // the call ends with it
            return null;
        }
    }

    private static void fail(ServerCall<?, ?> call, Throwable error) {
        if (call.isCancelled()) {
            return;
        }
        if (error instanceof ImageException known) {
            call.close(GrpcErrors.toStatus(known), GrpcErrors.trailers(known));
        } else {
            call.close(Status.INTERNAL.withDescription("the call failed: " + error), new Metadata());
        }
    }
}
