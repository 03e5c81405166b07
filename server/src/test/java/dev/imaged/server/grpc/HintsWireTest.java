package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.STEADY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.ImageStore;
import dev.imaged.internal.wire.HintTrailer;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.RawClient;
import dev.imaged.server.TestDaemon;
import io.grpc.InternalMetadata;
import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The hints that go with the answers of lists whose filters cannot match. */
class HintsWireTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    /** What a client of gRPC accepts when nothing else is said. */
    private static final int MAX_TRAILERS = 8192;

    private static RawClient.Answer list(List<String> filters) {
        return daemon.unix()
                .call(
                        "List",
                        STEADY,
                        ListImagesRequest.newBuilder().addAllFilters(filters).build());
    }

    private static List<String> hints(String... filters) {
        RawClient.Answer answer = list(List.of(filters));
        answer.requireOk();
        return HintTrailer.read(answer.trailers());
    }

    /** By an index, by a scan, by a list thread before it is parsed. */
    @ParameterizedTest
    @ValueSource(strings = {"labels.a==\"\"", "target.size==5", "name~=*", "name!=é,\"größe\""})
    void anAnswerThatIsOkHasThem(String filter) {
        assertEquals(1, hints(filter).size());
        assertTrue(hints(filter).get(0).contains("match"), filter);
        assertEquals(hints(filter).get(0), hints("name==kept", filter).get(0));
    }

    @Test
    void anErrorHasThemNextToTheMessageOfContainerd() {
        RawClient.Answer answer = list(List.of("labels.io.cri-containerd.image==x"));
        answer.requireFailure(
                Code.INVALID_ARGUMENT, "filters: parse error: [labels.io.cri >|-|< containerd.image==x]: ");
        assertEquals(
                List.of("labels.io.cri-containerd.image needs quotes: labels.\"io.cri-containerd.image\""),
                HintTrailer.read(answer.trailers()));
    }

    @Test
    void otherAnswersHaveNone() {
        assertEquals(List.of(), hints());
        assertEquals(List.of(), hints("", "name~=kep", "labels.a==b,target.mediatype!=x"));
        assertEquals(
                List.of(),
                HintTrailer.read(daemon.unix().call("Get", STEADY, new byte[0]).trailers()));
    }

    @Test
    void whateverTheFiltersAreTheTrailersStaySmall() {
        String longest = "\"" + "é".repeat(100_000) + "\"";
        for (List<String> filters : List.of(
                Collections.nCopies(100, longest), List.of(longest + "=="), List.of("labels." + longest + "-==x"))) {
            int bytes = 0;
            for (byte[] nameOrValue : InternalMetadata.serialize(list(filters).trailers())) {
                bytes += nameOrValue.length;
            }
            assertTrue(bytes > 0 && bytes < MAX_TRAILERS, bytes + " bytes");
        }
    }

    @Test
    void theLibraryTellsOfThem() {
        List<String> heard = new ArrayList<>();
        try (RemoteImageStores stores = RemoteImageStores.builder(
                        daemon.addresses().get(0).toString())
                .onHints(heard::addAll)
                .build()) {
            ImageStore images = stores.namespace(STEADY);

            assertEquals(
                    0, images.list(List.of("target.size", "labels.a==\"\"")).size());
            assertEquals(2, heard.size());
            images.list(List.of("name==kept"));
            InvalidArgument error = assertThrows(InvalidArgument.class, () -> images.list(List.of("name=x")));
            assertEquals(List.of("operators are == (equal), != (not equal) and ~= (matches a regexp)"), error.hints());
            assertEquals(2, heard.size());
        }
    }

    @Test
    void aListenerThatFailsFailsTheCall() {
        try (RemoteImageStores stores = RemoteImageStores.builder(
                        daemon.addresses().get(0).toString())
                .onHints(hints -> {
                    throw new IllegalStateException("a defect");
                })
                .build()) {
            assertThrows(
                    dev.imaged.errors.ImageException.Internal.class,
                    () -> stores.namespace(STEADY).list(List.of("target.size")));
        }
    }
}
