package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/** What the errors of etcd mean. */
final class EtcdErrors {
    private static final String ETCD = "etcdserver: ";
    private static final String NO_LEADER = "etcdserver: no leader";
    private static final String COMPACTED = "required revision has been compacted";
    private static final String NO_SPACE = "database space exceeded";
    private static final String BUSY = "too many requests";
    private static final String NO_LEASE = "requested lease not found";

    /** What a member says of a request. The daemon says of an answer that is too large something else. */
    private static final String TOO_LARGE_FOR_GRPC = "received message larger than max";

    private static final List<String> TOO_LARGE =
            List.of("request is too large", TOO_LARGE_FOR_GRPC, "too many operations in txn request");
    private static final String NO_USERS = "authentication is not enabled";
    private static final List<String> TOKEN_REFUSED =
            List.of("invalid auth token", "user name is empty", "revision of auth store is old");
    private static final List<String> NO_USER = List.of("user name is empty", "authentication failed");

    /** Causes may be a circle. */
    private static final int MAX_CAUSES = 20;

    private EtcdErrors() {}

    /** Whether a call has certainly changed nothing. Otherwise it may have, or may still do so. */
    static boolean isNotDone(Status status) {
        return switch (status.getCode()) {
            case INVALID_ARGUMENT,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    UNAUTHENTICATED,
                    FAILED_PRECONDITION,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED -> true;
            case PERMISSION_DENIED, RESOURCE_EXHAUSTED -> isOfEtcd(text(status));
            case UNAVAILABLE -> isNotConnected(status.getCause()) || NO_LEADER.equals(status.getDescription());
            default -> false;
        };
    }

    /** Whether etcd refused a call. The end of a connection may have the same code, even for calls that etcd has carried out. */
    private static boolean isOfEtcd(String description) {
        return description.startsWith(ETCD) || description.contains(TOO_LARGE_FOR_GRPC);
    }

    /** Whether there was no connection that a call could have been sent on. */
    private static boolean isNotConnected(@Nullable Throwable error) {
        return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
                .limit(MAX_CAUSES)
                .anyMatch(cause -> cause instanceof ConnectException
                        || cause instanceof NoRouteToHostException
                        || cause instanceof UnknownHostException
                        || cause instanceof SSLHandshakeException);
    }

    /** Whether etcd is out of space. It may have carried the transaction out all the same, but will not any more. */
    static boolean isOutOfSpace(Status status) {
        return String.valueOf(status.getDescription()).contains(NO_SPACE);
    }

    /** Whether a transaction was not carried out because etcd does not know the lease of a key. */
    static boolean isLeaseLost(Status status) {
        return status.getCode() == Code.NOT_FOUND && text(status).contains(NO_LEASE);
    }

    /** Whether a call was refused because its token is not valid any more, or etcd has users since. */
    static boolean isTokenRefused(Status status) {
        return status.getDescription() != null && TOKEN_REFUSED.stream().anyMatch(status.getDescription()::contains);
    }

    /** Whether etcd has too much to do at the moment. */
    static boolean isBusy(Status status) {
        return String.valueOf(status.getDescription()).contains(BUSY);
    }

    /** Whether nobody can log in because etcd has no users. */
    static boolean hasNoUsers(Status status) {
        return String.valueOf(status.getDescription()).contains(NO_USERS);
    }

    /** Whether another member may answer a call that this one did not. */
    static boolean isOfMember(Status status) {
        return switch (status.getCode()) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, UNKNOWN, CANCELLED, INTERNAL -> true;
            default -> false;
        };
    }

    /** Whether a call asked for a revision that etcd does not keep any more. */
    static boolean isCompacted(Throwable error) {
        Status status = Status.fromThrowable(error);
        return status.getCode() == Code.OUT_OF_RANGE
                && String.valueOf(status.getDescription()).contains(COMPACTED);
    }

    /** Returns the error for a caller whose request was certainly not carried out. */
    static ImageException notDone(Throwable error) {
        return notDone("", error);
    }

    /**
     * Returns the error for a caller whose request was certainly not carried out.
     *
     * @param start what the message starts with, such as what that means for the caller
     */
    static ImageException notDone(String start, Throwable error) {
        ImageException known = known(error);
        if (known != null) {
            return known;
        }
        Status status = Status.fromThrowable(error);
        String description = text(status);
        Code code = status.getCode();
        if (description.contains(NO_SPACE)) {
            return new ImageException.ResourceExhausted(
                            start + "etcd is out of space: " + description
                                    + "; compact and defragment it, then disarm its alarm",
                            error)
                    .withReason("QUOTA_EXCEEDED", Map.of());
        } else if (TOO_LARGE.stream().anyMatch(description::contains)) {
            return ImageException.ResourceExhausted.tooLarge(
                    start + "etcd does not take a request of this size: " + description
                            + "; store less at once, or raise --max-request-bytes and --max-txn-ops of etcd",
                    error);
        } else if (code == Code.RESOURCE_EXHAUSTED) {
            return ImageException.ResourceExhausted.tooBusy(start + "etcd is busy: " + description, error);
        } else if (code == Code.PERMISSION_DENIED) {
            return unavailable(
                    start + "etcd does not let this daemon do that: " + description
                            + "; give its user a role that may read and write all keys of the prefix",
                    error);
        } else if (code == Code.UNAUTHENTICATED || NO_USER.stream().anyMatch(description::contains)) {
            return unavailable(
                    start + "etcd does not accept the user of this daemon: " + description
                            + "; check --etcd-user and its password",
                    error);
        }
        return unavailable(start + "etcd does not answer: " + description, error);
    }

    /** Returns the error that another class found words for already, null when none did. */
    private static @Nullable ImageException known(Throwable error) {
        return cause(error) instanceof ImageException known ? known : null;
    }

    /** Returns the error of the step that failed, which a future wraps for the steps behind it. */
    static Throwable cause(Throwable error) {
        return error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    }

    static ImageException unavailable(String message, @Nullable Throwable cause) {
        return new ImageException.Unavailable(message, cause).withReason("NOT_SERVING", Map.of());
    }

    static String text(Status status) {
        Throwable cause = status.getCause();
        String description = status.getDescription() == null ? status.getCode().toString() : status.getDescription();
        return cause == null ? description : description + ": " + cause.getMessage();
    }
}
