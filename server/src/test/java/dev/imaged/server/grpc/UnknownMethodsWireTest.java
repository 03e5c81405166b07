package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.remote.Address;
import dev.imaged.server.TestDaemon;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a call may be named and said to hold. */
class UnknownMethodsWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    @ParameterizedTest
    @CsvSource({
        "containerd.services.images.v1.Images/Foo, unknown method Foo for service containerd.services.images.v1.Images",
        "containerd.services.images.v1.Images/get, unknown method get for service containerd.services.images.v1.Images",
        "grpc.health.v1.Health/Foo, unknown method Foo for service grpc.health.v1.Health",
        "foo.Bar/Baz, unknown service foo.Bar",
        "containerd.services.content.v1.Content/Info, unknown service containerd.services.content.v1.Content"
    })
    void whatIsNotServedIsUnimplementedAndNamed(String fullName, String message) {
        var answer = daemon.unix().callFullName(fullName, CallOptions.DEFAULT, new Metadata(), new byte[0]);
        assertEquals(Code.UNIMPLEMENTED, answer.code());
        assertEquals(message, answer.status().getDescription());
    }

    @Test
    void unknownMethodIsToldWithoutReadingTheRequest() {
        byte[] garbage = {0x0A, 0x7F};
        daemon.unix()
                .callFullName("foo.Bar/Baz", CallOptions.DEFAULT, new Metadata(), garbage, garbage)
                .requireFailure(Code.UNIMPLEMENTED, "unknown service foo.Bar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/grpc", "application/grpc+proto"})
    void contentTypesOfGrpcAreServed(String contentType) throws Exception {
        for (Address address : daemon.addresses()) {
            assertEquals("0", getKept(address, contentType).get("grpc-status"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/plain"})
    void otherContentTypesAreAnUnsupportedMediaType(String contentType) throws Exception {
        for (Address address : daemon.addresses()) {
            assertEquals("415", getKept(address, contentType).get(":status"));
        }
    }

    private static Map<String, String> getKept(Address address, String contentType) throws Exception {
        try (RawHttp2 peer = new RawHttp2(address)) {
            return peer.greet()
                    .call(1, "/containerd.services.images.v1.Images/Get", contentType, "containerd-namespace", STEADY)
                    .message(1, new RawMessage().text(1, KEPT).toBytes())
                    .awaitEnd(1);
        }
    }
}
