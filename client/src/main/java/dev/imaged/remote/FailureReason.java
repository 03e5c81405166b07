package dev.imaged.remote;

import dev.imaged.internal.text.Excerpt;
import io.grpc.Status;
import java.io.FileNotFoundException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Says in plain words why a connection failed. The transport reports it by its own classes and messages, and those of
 * the JVM and the TLS library, some with dumps of bytes. "It" in the reasons is the other end.
 */
final class FailureReason {
    /** A fatal alert in the messages of BoringSSL and of the JVM. */
    private static final Pattern ALERT = Pattern.compile("ALERT_([A-Z_]+)|fatal alert: ([a-z_]+)");

    private static final Pattern CLASS_NAME = Pattern.compile("\\b(?:[a-z0-9_]+\\.)+[A-Z]\\w*:? ?");
    private static final Pattern CLOSED = Pattern.compile("(Network|Transport|Connection) clos|GOAWAY|Abrupt GOAWAY");
    private static final Pattern HTTP_STATUS = Pattern.compile("^HTTP status code (\\d+)");

    private static final String CLOSED_EARLY =
            "it closed the connection before it said anything: it may expect TLS, or not speak gRPC";

    /** How an alert of TLS and an answer of HTTP/1 start, in a dump. */
    private static final String ALERT_BYTES = ": 15030";

    private static final String HTTP_1_BYTES = ": 485454502f";

    private FailureReason() {}

    static String of(Status status) {
        String description = String.valueOf(status.getDescription());
        String reason = ofDescription(description);
        Deque<Throwable> causes = new ArrayDeque<>(); // the first is at the root
        for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
            causes.push(cause);
        }
        for (Throwable cause : causes) {
            reason = reason != null ? reason : ofCause(cause, String.valueOf(cause.getMessage()));
        }
        if (reason != null) {
            return reason;
        }
        Throwable root = causes.peek();
        return inShort(root == null ? description : root.getMessage());
    }

    private static @Nullable String ofCause(Throwable cause, String message) {
        if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
            return "the host name does not resolve";
        } else if (cause instanceof FileNotFoundException || message.contains("No such file or directory")) {
            return "there is no such socket";
        } else if (message.contains("Permission denied")) {
            return "permission denied: its owner and group alone may connect";
        } else if (message.contains("Connection refused")) {
            return "nothing listens there";
        } else if (message.startsWith("handshake timed out")) {
            return "it does not answer the TLS handshake: it may not encrypt";
        } else if (message.contains("timed out")) {
            return "the host does not respond";
        } else if (cause instanceof ClosedChannelException
                || message.contains("Connection reset")
                || message.contains("Broken pipe")) {
            return CLOSED_EARLY;
        } else if (message.startsWith("not an SSL/TLS record")) {
            return "it does not encrypt: connect without TLS";
        } else if (message.contains("First received frame was not SETTINGS")) {
            return ofFirstBytes(message);
        } else if (cause instanceof CertificateException || cause instanceof CertPathBuilderException) {
            return ofCertificate(cause, message);
        } else if (cause instanceof SSLException) {
            return ofAlert(message);
        }
        return null;
    }

    private static String ofFirstBytes(String message) {
        if (message.contains(ALERT_BYTES)) {
            return "it encrypts: connect with TLS";
        }
        return message.contains(HTTP_1_BYTES) ? "it speaks HTTP/1, not gRPC" : "it does not speak HTTP/2, as gRPC does";
    }

    private static String ofCertificate(Throwable cause, String message) {
        if (cause instanceof CertificateExpiredException) {
            return "its certificate has expired (" + message + ")";
        } else if (cause instanceof CertificateNotYetValidException) {
            return "its certificate is not valid yet (" + message + ")";
        } else if (cause instanceof CertPathBuilderException) {
            return "its certificate is not signed by a CA that is trusted here";
        } else if (message.startsWith("No subject alternative") || message.startsWith("No name matching")) {
            return "its certificate is for another name: " + inShort(message);
        }
        return "its certificate is not accepted: " + inShort(message);
    }

    private static @Nullable String ofAlert(String message) {
        Matcher alert = ALERT.matcher(message);
        if (!alert.find()) {
            return null;
        }
        String name = (alert.group(1) == null ? alert.group(2) : alert.group(1)).toLowerCase(Locale.ROOT);
        return switch (name) {
            case "certificate_required" -> "it requires a client certificate that is signed by a CA which it trusts";
            case "bad_certificate",
                    "unsupported_certificate",
                    "certificate_revoked",
                    "certificate_expired",
                    "certificate_unknown",
                    "unknown_ca",
                    "access_denied" ->
                "it refuses the client certificate, or requires one (" + name.replace('_', ' ') + ")";
            default -> "it refuses the TLS handshake (" + name.replace('_', ' ') + ")";
        };
    }

    private static @Nullable String ofDescription(String description) {
        Matcher status = HTTP_STATUS.matcher(description);
        if (status.find()) {
            return "it speaks HTTP, not gRPC (status " + status.group(1) + ")";
        } else if (description.startsWith("Unable to resolve host")) {
            return "the host name does not resolve";
        } else if (description.startsWith("Failed ALPN")) {
            return "it encrypts, but does not speak HTTP/2, as gRPC does";
        } else if (description.startsWith("Connection closed while performing TLS")) {
            return "it closed the connection in the TLS handshake: it may not encrypt";
        } else if (description.startsWith("Channel shutdown")) {
            return "the connection was closed";
        } else if (description.startsWith("Keepalive failed")) {
            return "the connection was lost";
        }
        return CLOSED.matcher(description).lookingAt() ? CLOSED_EARLY : null;
    }

    /** Returns the first line of a message without names of classes. */
    private static String inShort(@Nullable String message) {
        String line = String.valueOf(message).lines().findFirst().orElse("");
        String plain = CLASS_NAME.matcher(line).replaceAll("").strip();
        return Excerpt.of(plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain);
    }
}
