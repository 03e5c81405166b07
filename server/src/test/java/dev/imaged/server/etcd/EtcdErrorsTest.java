package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Code;
import io.grpc.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

/** Each error of etcd has a code and words that say what to do, for reads and for writes. */
class EtcdErrorsTest {
    private record Expected(Code code, String reason, String start, String remedy) {}

    private static final Map<Status, Expected> EXPECTED = Map.of(
            Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: mvcc: database space exceeded"),
            new Expected(Code.RESOURCE_EXHAUSTED, "QUOTA_EXCEEDED", "etcd is out of space: ", "compact and defragment"),
            Status.RESOURCE_EXHAUSTED.withDescription("etcdserver: too many requests"),
            new Expected(Code.RESOURCE_EXHAUSTED, "TOO_BUSY", "etcd is busy: ", "too many requests"),
            Status.RESOURCE_EXHAUSTED.withDescription("grpc: received message larger than max (9 vs. 8)"),
            new Expected(
                    Code.RESOURCE_EXHAUSTED,
                    "TOO_LARGE",
                    "etcd does not take a request of this size: ",
                    "--max-request-bytes"),
            Status.INVALID_ARGUMENT.withDescription("etcdserver: request is too large"),
            new Expected(
                    Code.RESOURCE_EXHAUSTED,
                    "TOO_LARGE",
                    "etcd does not take a request of this size: ",
                    "--max-request-bytes"),
            Status.INVALID_ARGUMENT.withDescription("etcdserver: too many operations in txn request"),
            new Expected(
                    Code.RESOURCE_EXHAUSTED,
                    "TOO_LARGE",
                    "etcd does not take a request of this size: ",
                    "--max-txn-ops"),
            Status.INVALID_ARGUMENT.withDescription("etcdserver: user name is empty"),
            new Expected(
                    Code.UNAVAILABLE,
                    "NOT_SERVING",
                    "etcd does not accept the user of this daemon: ",
                    "check --etcd-user"),
            Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token"),
            new Expected(
                    Code.UNAVAILABLE,
                    "NOT_SERVING",
                    "etcd does not accept the user of this daemon: ",
                    "check --etcd-user"),
            Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied"),
            new Expected(
                    Code.UNAVAILABLE, "NOT_SERVING", "etcd does not let this daemon do that: ", "give its user a role"),
            Status.UNAVAILABLE.withDescription("etcdserver: no leader"),
            new Expected(Code.UNAVAILABLE, "NOT_SERVING", "etcd does not answer: ", "no leader"));

    @Test
    void eachErrorHasACodeAndSaysWhatToDo() {
        EXPECTED.forEach((status, expected) -> {
            check(expected, "", EtcdErrors.notDone(status.asRuntimeException()));
            check(expected, "", EtcdErrors.notDone(new CompletionException(status.asRuntimeException())));
            check(expected, "not stored: ", WriteErrors.notStored(status.asRuntimeException()));
            assertTrue(EtcdErrors.isNotDone(status), status::toString);
        });
    }

    private static void check(Expected expected, String start, ImageException error) {
        assertEquals(expected.code(), error.code());
        assertEquals(expected.reason(), error.reason());
        assertTrue(error.getMessage().startsWith(start + expected.start()), error.getMessage());
        assertTrue(error.getMessage().contains(expected.remedy()), error.getMessage());
    }

    @Test
    void anErrorThatHasWordsAlreadyKeepsThem() {
        ImageException known = EtcdErrors.unavailable("the view is behind", null);

        assertSame(known, EtcdErrors.notDone(new CompletionException(known)));
        assertSame(known, WriteErrors.notStored(known));
    }

    @Test
    void whatMayStillBeCarriedOutIsNotCalledUndone() {
        assertFalse(EtcdErrors.isNotDone(Status.DEADLINE_EXCEEDED));
        assertFalse(EtcdErrors.isNotDone(Status.UNAVAILABLE.withDescription("io exception")));
        assertFalse(EtcdErrors.isNotDone(Status.CANCELLED));
    }

    @Test
    void whatTheEndOfAConnectionSaysIsNotTakenForARefusalOfEtcd() {
        assertFalse(EtcdErrors.isNotDone(Status.RESOURCE_EXHAUSTED.withDescription(
                "HTTP/2 error code: ENHANCE_YOUR_CALM (Bandwidth exhausted)\nReceived Goaway\ntoo_many_pings")));
        assertFalse(
                EtcdErrors.isNotDone(
                        Status.PERMISSION_DENIED.withDescription(
                                "HTTP/2 error code: INADEQUATE_SECURITY (Permission denied as protocol is not secure enough to call)")));
        assertFalse(EtcdErrors.isNotDone(
                Status.RESOURCE_EXHAUSTED.withDescription("gRPC message exceeds maximum size 4: 5"))); // an answer
    }

    @Test
    void whatCannotBeSentIsNotDone() {
        for (Exception reason : List.of(
                new ConnectException("refused"),
                new NoRouteToHostException("no route"),
                new UnknownHostException("etcd1"),
                new SSLHandshakeException("certificate"))) {
            assertTrue(
                    EtcdErrors.isNotDone(Status.UNAVAILABLE.withCause(new RuntimeException(reason))), reason::toString);
        }
        assertFalse(EtcdErrors.isNotDone(Status.UNAVAILABLE.withCause(new IOException("reset"))));
    }
}
