package dev.imaged.remote;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;

/**
 * Makes calls to the daemon that a {@link Failover} chooses, and directly to the only one, but for watches, which may have to leave it.
 * Thread-safe.
 */
final class FailoverChannel extends Channel {
    private final Failover failover;

    FailoverChannel(Failover failover) {
        this.failover = failover;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        Channel only = failover.only();
        return only == null || FailoverCall.isWatch(method)
                ? new FailoverCall<>(failover, method, options)
                : only.newCall(method, options);
    }

    /** Each daemon has its own. */
    @Override
    public String authority() {
        return "imaged";
    }
}
