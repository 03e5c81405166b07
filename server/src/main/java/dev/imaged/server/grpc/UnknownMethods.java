package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers calls of unknown services and methods with Unimplemented, and says which of the two is unknown. */
public final class UnknownMethods extends HandlerRegistry {
    private final Set<String> services;

    /** Makes the registry; {@code services} are the full names of the services that are served. */
    public UnknownMethods(Set<String> services) {
        this.services = Set.copyOf(services);
    }

    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String fullName, @Nullable String authority) {
        int slash = fullName.lastIndexOf('/');
        String service = slash < 0 ? "" : fullName.substring(0, slash);
        String what = services.contains(service)
                ? "unknown method " + fullName.substring(slash + 1) + " for service " + service
                : "unknown service " + service;
        var method = MethodDescriptor.newBuilder(EncodedMarshaller.INSTANCE, EncodedMarshaller.INSTANCE)
                .setType(MethodDescriptor.MethodType.UNKNOWN)
                .setFullMethodName(fullName)
                .build();
        return ServerMethodDefinition.create(method, (call, headers) -> {
            call.close(Status.UNIMPLEMENTED.withDescription(what), new Metadata());
            return new Ended();
        });
    }

    /** The listener of a call that has already ended. */
    private static final class Ended extends ServerCall.Listener<ByteString> {}
}
