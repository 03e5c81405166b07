package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes and messages of the daemon, to the letter. {@code ContainerdIT} makes the same calls to a containerd. */
class ApiAnswersWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    static Stream<ApiAnswers.Row> rows() {
        return ApiAnswers.in(STEADY).stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answerIsThatOfContainerd(ApiAnswers.Row row) {
        for (RawClient client : List.of(daemon.unix(), daemon.tcp())) {
            RawClient.Answer answer = client.call(row.method(), row.namespace(), row.request());
            assertEquals(row.code(), answer.code(), answer.status().toString());
            assertEquals(row.message(), answer.status().getDescription());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Create", "Update", "Delete", "Get", "List"})
    void whatIsNoMessageIsAnErrorOfUnmarshalling(String method) {
        daemon.unix()
                .call(method, STEADY, new byte[] {0x0A, 0x7F})
                .requireFailure(Code.INTERNAL, "grpc: error unmarshalling request: ");
    }

    @ParameterizedTest
    @CsvSource({
        "containerd.services.images.v1.Images/Foo, unknown method Foo for service containerd.services.images.v1.Images",
        "foo.Bar/Baz, unknown service foo.Bar"
    })
    void whatIsNotServedIsUnimplemented(String method, String message) {
        RawClient.Answer answer =
                daemon.unix().callFullName(method, io.grpc.CallOptions.DEFAULT, new Metadata(), new byte[0]);
        assertEquals(Code.UNIMPLEMENTED, answer.code());
        assertEquals(message, answer.status().getDescription());
    }
}
