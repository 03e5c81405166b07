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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has calls that read wait until the engine is current, for an engine that is not always. They occupy no thread meanwhile, and do not
 * wait if the engine has the position already that they name as new enough. Writes do not wait here: the engine decides when it has to be
 * current for them. Those that read the past first do wait, whatever reads are content with.
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
            EventsGrpc.getSubscribeMethod(),
            NamespacesGrpc.getListMethod(),
            MaintenanceGrpc.getDumpMethod());

    /** The methods that write what they read. */
    private static final Set<MethodDescriptor<?, ?>> OF_THE_PAST =
            Set.of(CatalogGrpc.getRevertMethod(), CatalogGrpc.getUndoMethod());

    private static final Set<String> FOR_WRITES = names(OF_THE_PAST.stream());

    private final ImageEngine engine;

    /** The names of the methods that wait. */
    private final Set<String> names;

    private CurrentReads(ImageEngine engine, Stream<MethodDescriptor<?, ?>> methods) {
        this.engine = engine;
        this.names = names(methods);
    }

    private static Set<String> names(Stream<MethodDescriptor<?, ?>> methods) {
        return methods.map(MethodDescriptor::getFullMethodName).collect(Collectors.toUnmodifiableSet());
    }

    /** Returns a service whose reads are current, as far as the engine is not always. */
    public static ServerServiceDefinition of(ImageEngine engine, ServerServiceDefinition service) {
        Stream<MethodDescriptor<?, ?>> reads = engine.isAlwaysCurrent() ? Stream.of() : READS.stream();
        CurrentReads waiting = new CurrentReads(engine, Stream.concat(reads, OF_THE_PAST.stream()));
        boolean waits = service.getMethods().stream()
                .anyMatch(method ->
                        waiting.names.contains(method.getMethodDescriptor().getFullMethodName()));
        return waits ? ServerInterceptors.intercept(service, waiting) : service;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        ServerCall.Listener<Q> listener = next.startCall(call, headers);
        if (!names.contains(call.getMethodDescriptor().getFullMethodName())) {
            return listener;
        }
        boolean isForWrite = FOR_WRITES.contains(call.getMethodDescriptor().getFullMethodName());
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
                engine.whenCurrent(
                        new CurrentRead(owner, notBefore, isForWrite, super::onHalfClose, error -> fail(call, error)));
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
