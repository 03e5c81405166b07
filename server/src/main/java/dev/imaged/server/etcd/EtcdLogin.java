package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.proto.etcd.AuthGrpc;
import dev.imaged.proto.etcd.AuthenticateRequest;
import dev.imaged.proto.etcd.AuthenticateResponse;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends a token with each call, for a user of etcd. It asks etcd for the token with the first call, and again with the next call after
 * etcd did not accept it any more. All members accept the token of one. Thread-safe.
 */
final class EtcdLogin implements ClientInterceptor {
    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

    private final EtcdConfig.User user;
    private @Nullable CompletableFuture<String> token;

    /**
     * Makes the login of a user.
     *
     * @throws FailedPrecondition when the password cannot be read
     */
    EtcdLogin(EtcdConfig.User user) {
        this.user = user;
        user.readPassword();
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        CompletableFuture<String> used = token(next);
        CallOptions withToken = options.withCallCredentials(new Token(used));
        return new SimpleForwardingClientCall<>(next.newCall(method, withToken)) {
            @Override
            public void start(Listener<R> listener, Metadata headers) {
                super.start(
                        new SimpleForwardingClientCallListener<>(listener) {
                            @Override
                            public void onClose(Status status, Metadata trailers) {
                                if (EtcdErrors.isTokenRefused(status)) {
                                    forget(used);
                                }
                                super.onClose(status, trailers);
                            }
                        },
                        headers);
            }
        };
    }

    private synchronized CompletableFuture<String> token(Channel channel) {
        CompletableFuture<String> current = token;
        if (current == null || current.isCompletedExceptionally()) {
            current = authenticate(channel);
            token = current;
        }
        return current;
    }

    private synchronized void forget(CompletableFuture<String> refused) {
        if (token == refused) {
            token = null;
        }
    }

    /** Returns a token, empty when etcd has no users. */
    private CompletableFuture<String> authenticate(Channel channel) {
        CompletableFuture<String> result = new CompletableFuture<>();
        String password;
        try {
            password = user.readPassword();
        } catch (FailedPrecondition e) {
            return CompletableFuture.failedFuture(
                    Status.UNAUTHENTICATED.withDescription(e.getMessage()).asRuntimeException());
        }
        AuthenticateRequest request = AuthenticateRequest.newBuilder()
                .setName(user.name())
                .setPassword(password)
                .build();
        CallOptions options =
                CallOptions.DEFAULT.withDeadlineAfter(EtcdClient.DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        ClientCalls.asyncUnaryCall(
                channel.newCall(AuthGrpc.getAuthenticateMethod(), options), request, new StreamObserver<>() {
                    @Override
                    public void onNext(AuthenticateResponse response) {
                        result.complete(response.getToken());
                    }

                    @Override
                    public void onError(Throwable error) {
                        Status status = Status.fromThrowable(error);
                        if (EtcdErrors.hasNoUsers(status)) {
                            result.complete("");
                        } else {
                            result.completeExceptionally(
                                    EtcdErrors.isOfMember(status)
                                            ? error
                                            : Status.UNAUTHENTICATED
                                                    .withDescription(status.getDescription())
                                                    .asRuntimeException());
                        }
                    }

                    @Override
                    public void onCompleted() {
                        result.completeExceptionally(Status.INTERNAL
                                .withDescription("etcd ended the call without an answer")
                                .asRuntimeException());
                    }
                });
        return result;
    }

    /** A token, which may be on its way. */
    private static final class Token extends CallCredentials {
        private final CompletableFuture<String> token;

        Token(CompletableFuture<String> token) {
            this.token = token;
        }

        @Override
        public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
            token.whenComplete((text, error) -> {
                if (error != null) {
                    applier.fail(Status.fromThrowable(error));
                    return;
                }
                Metadata headers = new Metadata();
                if (!text.isEmpty()) {
                    headers.put(TOKEN, text);
                }
                applier.apply(headers);
            });
        }
    }
}
