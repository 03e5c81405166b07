package dev.imaged.remote;

import dev.imaged.internal.text.Excerpt;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.util.List;

/**
 * Explains the failure of a connection: a call that fails with it ends with a status that says in one line which
 * address did not answer, and why. An error from the other end stays as it is. Thread-safe.
 */
final class ConnectionErrors implements ClientInterceptor {
    /**
     * How the transport's errors without a cause start. A server's own statuses never have a cause, and start
     * otherwise.
     */
    private static final List<String> OF_TRANSPORT = List.of(
            "Network closed",
            "Transport closed",
            "Connection clos",
            "GOAWAY",
            "Abrupt GOAWAY",
            "Keepalive failed",
            "Unable to resolve host",
            "Failed ALPN",
            "HTTP status code",
            "http2 exception",
            "channel closed");

    /** How the status of a call starts whose channel was shut down here. */
    private static final String SHUT_DOWN = "Channel shutdown";

    private static final List<String> OF_DEADLINE =
            List.of("CallOptions deadline", "ClientCall started after", "Context deadline", "deadline exceeded after");

    private static final String START = "no answer from ";

    private final String where;

    /** @param address the address as users know it */
    ConnectionErrors(String address) {
        this.where = where(address);
    }

    private static String where(String address) {
        return START + Excerpt.of(address);
    }

    /** Returns the line that says why an address does not answer. */
    static String text(String address, String reason) {
        return where(address) + ": " + reason;
    }

    /** Whether a status is of a connection that failed, and not of the daemon. */
    static boolean isLoss(Status status) {
        return status.getCode() == Code.UNAVAILABLE
                && String.valueOf(status.getDescription()).startsWith(START);
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
            @Override
            public void start(Listener<R> listener, Metadata headers) {
                super.start(
                        new SimpleForwardingClientCallListener<>(listener) {
                            @Override
                            public void onClose(Status status, Metadata trailers) {
                                super.onClose(status.isOk() ? status : explained(status, getAttributes()), trailers);
                            }
                        },
                        headers);
            }
        };
    }

    private Status explained(Status status, Attributes call) {
        String description = String.valueOf(status.getDescription());
        boolean connected = call.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) != null;
        if (status.getCode() == Code.DEADLINE_EXCEEDED && startsWithOneOf(description, OF_DEADLINE)) {
            return status.withDescription(
                    where + " before the deadline" + (connected ? "" : ": there was no connection yet"));
        } else if (!isOfTransport(status, description) && (connected || !description.startsWith(SHUT_DOWN))) {
            return status;
        }
        String reason = connected ? "the connection was lost" : FailureReason.of(status);
        return Status.UNAVAILABLE.withDescription(where + ": " + reason).withCause(status.getCause());
    }

    private static boolean isOfTransport(Status status, String description) {
        return (status.getCode() == Code.UNAVAILABLE && status.getCause() != null)
                || startsWithOneOf(description, OF_TRANSPORT);
    }

    private static boolean startsWithOneOf(String text, List<String> starts) {
        return starts.stream().anyMatch(text::startsWith);
    }
}
