package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Codes and messages of a daemon over etcd, to the letter. All wire tests run over etcd with {@code -Dimaged.wire.etcd=true}. */
class EtcdApiAnswersWireTest {
    @RegisterExtension
    static final TestDaemon daemon = TestDaemon.overEtcd();

    static Stream<ApiAnswers.Row> rows() {
        return ApiAnswers.in(STEADY).stream();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void answerIsThatOfContainerd(ApiAnswers.Row row) {
        RawClient.Answer answer = daemon.unix().call(row.method(), row.namespace(), row.request());
        assertEquals(row.code(), answer.code(), answer.status().toString());
        assertEquals(row.message(), answer.status().getDescription());
    }
}
