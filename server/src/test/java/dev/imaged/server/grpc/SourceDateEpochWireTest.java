package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.images.v1.UpdateImageResponse;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.Status.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The time that a request may bring along, whose presence counts. */
class SourceDateEpochWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    @Test
    void emptySourceDateEpochIsTheYear1970AndBothTimesArePresent() {
        CreateImageRequest request = CreateImageRequest.newBuilder()
                .setImage(TestDaemon.image("x"))
                .setSourceDateEpoch(Timestamp.getDefaultInstance())
                .build();
        Image created = client().call("Create", "epoch", request)
                .requireOk(CreateImageResponse.parser())
                .getImage();
        assertTrue(created.hasCreatedAt() && created.hasUpdatedAt() && created.hasTarget());
        assertEquals(Timestamp.getDefaultInstance(), created.getCreatedAt());
        assertEquals(Timestamp.getDefaultInstance(), created.getUpdatedAt());
        assertEquals(created, get("epoch", "x"));
    }

    @Test
    void absentSourceDateEpochIsTheClock() {
        assertNotEquals(
                Timestamp.getDefaultInstance(),
                create("clock", TestDaemon.image("x")).getCreatedAt());
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 1500000000, 1001, 500000000",
        "1000, -1, 999, 999999999",
        "-99999999999, 0, -99999999999, 0",
        "999999999999, 1, 999999999999, 1"
    })
    void sourceDateEpochIsNormalisedAndMayBeOfAnyYear(long seconds, int nanos, long thenSeconds, int thenNanos) {
        Timestamp epoch =
                Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build();
        Timestamp normal = Timestamp.newBuilder()
                .setSeconds(thenSeconds)
                .setNanos(thenNanos)
                .build();
        String namespace = "epoch" + Math.abs(seconds) + "x" + Math.abs(nanos);
        create(namespace, TestDaemon.image("x"));
        Image updated = update(
                namespace,
                UpdateImageRequest.newBuilder().setImage(TestDaemon.image("x")).setSourceDateEpoch(epoch));
        assertEquals(normal, updated.getUpdatedAt());
        assertNotEquals(normal, updated.getCreatedAt());
    }

    @ParameterizedTest
    @CsvSource({
        "9223372036854775807, 2147483647",
        "9223372036854775807, 0",
        "-9223372036854775808, 0",
        "-9223372036854775808, -2147483648"
    })
    void sourceDateEpochBeyondEveryYearIsInvalid(long seconds, int nanos) {
        Timestamp epoch =
                Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build();
        CreateImageRequest request = CreateImageRequest.newBuilder()
                .setImage(TestDaemon.image("x"))
                .setSourceDateEpoch(epoch)
                .build();
        client().call("Create", STEADY, request).requireFailure(Code.INVALID_ARGUMENT, "source_date_epoch");
    }

    private static RawClient client() {
        return daemon.unix();
    }

    private static Image create(String namespace, Image image) {
        return client().call(
                        "Create",
                        namespace,
                        CreateImageRequest.newBuilder().setImage(image).build())
                .requireOk(CreateImageResponse.parser())
                .getImage();
    }

    private static Image get(String namespace, String name) {
        return client().call(
                        "Get",
                        namespace,
                        GetImageRequest.newBuilder().setName(name).build())
                .requireOk(GetImageResponse.parser())
                .getImage();
    }

    private static Image update(String namespace, UpdateImageRequest.Builder request) {
        return client().call("Update", namespace, request.build())
                .requireOk(UpdateImageResponse.parser())
                .getImage();
    }
}
