package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.imaged.proto.images.v1.ImagesGrpc;
import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which statuses are of the connection, and which are answers. */
class ConnectionErrorsTest {
    private static final Attributes CONNECTED = Attributes.newBuilder()
            .set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, new InetSocketAddress(0))
            .build();

    /** Returns the status that a caller sees when its call ends with this one. */
    private static Status seen(Status status, Attributes attributes) {
        Channel channel = ClientInterceptors.intercept(
                new EndingChannel(status, attributes), new ConnectionErrors("localhost:1"));
        AtomicReference<Status> seen = new AtomicReference<>();
        channel.newCall(ImagesGrpc.getGetMethod(), CallOptions.DEFAULT)
                .start(
                        new ClientCall.Listener<>() {
                            @Override
                            public void onClose(Status end, Metadata trailers) {
                                seen.set(end);
                            }
                        },
                        new Metadata());
        return seen.get();
    }

    @ParameterizedTest
    @EnumSource(Code.class)
    void whatTheOtherEndAnswersIsLeftAsItIs(Code code) {
        Status answer = code.toStatus().withDescription("the disk is full");
        assertSame(answer, seen(answer, CONNECTED));
    }

    @Test
    void aFailureToConnectIsUnavailableWithTheAddressAndItsCause() {
        IOException cause = new IOException("Connection refused: localhost/127.0.0.1:1");
        Status status = seen(Status.UNAVAILABLE.withDescription("io exception").withCause(cause), Attributes.EMPTY);
        assertEquals(Code.UNAVAILABLE, status.getCode());
        assertEquals("no answer from localhost:1: nothing listens there", status.getDescription());
        assertSame(cause, status.getCause());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Network closed for unknown reason",
                "Keepalive failed. The connection is likely gone",
                "Connection closed after GOAWAY. HTTP/2 error code: NO_ERROR, debug data: app_requested",
                "GOAWAY shut down transport. HTTP/2 error code: PROTOCOL_ERROR",
            })
    void aConnectionThatEndsUnderACallWasLost(String description) {
        assertEquals(
                "no answer from localhost:1: the connection was lost",
                seen(Status.UNAVAILABLE.withDescription(description), CONNECTED).getDescription());
    }

    @Test
    void aCallOnAConnectionThatWasClosedNamesTheAddress() {
        Status closed = Status.UNAVAILABLE.withDescription("Channel shutdown invoked");
        assertEquals(
                "no answer from localhost:1: the connection was closed",
                seen(closed, Attributes.EMPTY).getDescription());
    }

    @Test
    void aDeadlineThatPassesHereNamesTheAddress() {
        Status passed = Status.DEADLINE_EXCEEDED.withDescription("CallOptions deadline exceeded after 0.1s. [x=1ns]");
        assertEquals(
                "no answer from localhost:1 before the deadline",
                seen(passed, CONNECTED).getDescription());
        assertEquals(
                "no answer from localhost:1 before the deadline: there was no connection yet",
                seen(passed, Attributes.EMPTY).getDescription());
        assertEquals(Code.DEADLINE_EXCEEDED, seen(passed, CONNECTED).getCode());
    }

    /** A channel whose calls end when they start. */
    private static final class EndingChannel extends Channel {
        private final Status status;
        private final Attributes attributes;

        EndingChannel(Status status, Attributes attributes) {
            this.status = status;
            this.attributes = attributes;
        }

        @Override
        public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
            return new ClientCall<>() {
                @Override
                public void start(Listener<R> listener, Metadata headers) {
                    listener.onClose(status, new Metadata());
                }

                @Override
                public Attributes getAttributes() {
                    return attributes;
                }

                @Override
                public void request(int count) {}

                @Override
                public void cancel(String message, Throwable cause) {}

                @Override
                public void halfClose() {}

                @Override
                public void sendMessage(Q message) {}
            };
        }

        @Override
        public String authority() {
            return "localhost";
        }
    }
}
