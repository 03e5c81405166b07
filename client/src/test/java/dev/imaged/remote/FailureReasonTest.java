package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateNotYetValidException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the transport says, and what a reader is told; the failures that a test can bring about are tested with a daemon. */
class FailureReasonTest {
    private static final Status IO = Status.UNAVAILABLE.withDescription(
            "io exception\nChannel Pipeline: [SslHandler#0, ProtocolNegotiators$ClientTlsHandler#0]");

    static Stream<Arguments> statuses() {
        return Stream.of(
                Arguments.of(
                        IO.withCause(new IOException("connect(..) failed with error(-13): Permission denied: /s")),
                        "permission denied: its owner and group alone may connect"),
                Arguments.of(
                        IO.withCause(new NoRouteToHostException("No route to host: /10.0.0.1:7780")),
                        "No route to host: /10.0.0.1:7780"),
                Arguments.of(
                        IO.withCause(new ConnectException("connection timed out after 20000 ms: /10.0.0.1:7780")),
                        "the host does not respond"),
                Arguments.of(
                        IO.withCause(new SSLHandshakeException("handshake timed out after 10000ms")),
                        "it does not answer the TLS handshake: it may not encrypt"),
                Arguments.of(
                        IO.withCause(new SSLHandshakeException("Received fatal alert: bad_certificate")),
                        "it refuses the client certificate, or requires one (bad certificate)"),
                Arguments.of(
                        IO.withCause(new SSLHandshakeException("Received fatal alert: protocol_version")),
                        "it refuses the TLS handshake (protocol version)"),
                Arguments.of(
                        IO.withCause(tls(new CertPathValidatorException(
                                "validity check failed", new CertificateNotYetValidException("NotBefore: tomorrow")))),
                        "its certificate is not valid yet (NotBefore: tomorrow)"),
                Arguments.of(
                        IO.withCause(tls(new CertificateException(
                                "Certificates do not conform to algorithm constraints\nmore"))),
                        "its certificate is not accepted: Certificates do not conform to algorithm constraints"),
                Arguments.of(
                        http2("First received frame was not SETTINGS. Hex dump for first 5 bytes: 1503030002"),
                        "it encrypts: connect with TLS"),
                Arguments.of(
                        http2("First received frame was not SETTINGS. Hex dump for first 5 bytes: 5353482d32"),
                        "it does not speak HTTP/2, as gRPC does"),
                Arguments.of(
                        Status.UNKNOWN.withDescription("HTTP status code 404\ninvalid content-type: text/html"),
                        "it speaks HTTP, not gRPC (status 404)"),
                Arguments.of(
                        Status.UNAVAILABLE.withDescription(
                                "Failed ALPN negotiation: Unable to find compatible protocol"),
                        "it encrypts, but does not speak HTTP/2, as gRPC does"),
                Arguments.of(
                        IO.withCause(
                                new IOException("recvAddress(..) failed with error(-104): Connection reset by peer")),
                        "it closed the connection before it said anything: it may expect TLS, or not speak gRPC"),
                Arguments.of(
                        Status.UNAVAILABLE.withDescription("channel closed").withCause(new ClosedChannelException()),
                        "it closed the connection before it said anything: it may expect TLS, or not speak gRPC"),
                Arguments.of(
                        IO.withCause(new IOException(
                                "io.grpc.netty.shaded.io.netty.channel.Odd: java.io.IOException: odd.\n\tat x")),
                        "odd"));
    }

    private static Throwable tls(Throwable cause) {
        SSLHandshakeException handshake = new SSLHandshakeException("General OpenSslEngine problem");
        handshake.initCause(cause);
        return handshake;
    }

    private static Status http2(String message) {
        return Status.INTERNAL.withDescription("http2 exception").withCause(new IOException(message));
    }

    @ParameterizedTest
    @MethodSource("statuses")
    void aReasonIsOneLineWithoutClassesAndBytes(Status status, String reason) {
        assertEquals(reason, FailureReason.of(status));
        assertEquals(1, reason.lines().count());
    }
}
