package dev.imaged.server.etcd;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.MethodDescriptor;

/**
 * Makes calls that do not end with the call of the daemon that they are made in: others wait for the same answer, and a commit is not to
 * be cut off when the one who asked for it leaves. Their callbacks run without the context of that call, too. Thread-safe.
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
