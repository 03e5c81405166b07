package dev.imaged.server.etcd;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;

/**
 * Makes calls to etcd without the gRPC context of the caller of the daemon. With it they would end when that caller has its answer or
 * disconnects, although others wait for the same answer. Their callbacks run without that context, too. Thread-safe.
 */
final class ContextFree implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        Context caller = Context.ROOT.attach();
        try {
            return next.newCall(method, options);
        } finally {
            Context.ROOT.detach(caller);
        }
    }
}
