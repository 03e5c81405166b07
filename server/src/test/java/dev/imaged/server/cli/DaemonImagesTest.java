package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A daemon whose images do not fit into an answer, and are moved while they are asked for. */
class DaemonImagesTest {
    private static final String FILTER = "target.digest~=^";

    /** The names, and the first digit of their digests. */
    private final Map<String, Character> images = new TreeMap<>(Map.of("first", 'a', "second", 'b', "third", 'f'));

    /** Is told the first digit of what was just answered. */
    private Consumer<Character> meanwhile = digit -> {};

    private Server server;
    private RemoteImageStores daemon;

    @BeforeEach
    void serve() throws IOException {
        String name = UUID.randomUUID().toString();
        server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new LargeNamespace())
                .build()
                .start();
        daemon = RemoteImageStores.over(
                InProcessChannelBuilder.forName(name).directExecutor().build());
    }

    @AfterEach
    void stop() {
        daemon.close();
        server.shutdownNow();
    }

    /** Answers only what begins with a digit. */
    private final class LargeNamespace extends ImagesGrpc.ImagesImplBase {
        @Override
        public void list(ListImagesRequest request, StreamObserver<ListImagesResponse> answers) {
            String filter = request.getFiltersCount() == 0 ? "" : request.getFilters(0);
            int start = filter.indexOf(FILTER);
            String prefix = start < 0 ? "" : filter.substring(start + FILTER.length());
            if (prefix.isEmpty() || prefix.equals("sha256:")) {
                answers.onError(Status.RESOURCE_EXHAUSTED.asRuntimeException());
                return;
            }
            ListImagesResponse.Builder response = ListImagesResponse.newBuilder();
            images.forEach((name, digit) -> {
                if (digest(digit).startsWith(prefix)) {
                    response.addImages(image(name, digit));
                }
            });
            answers.onNext(response.build());
            answers.onCompleted();
            meanwhile.accept(prefix.charAt(prefix.length() - 1));
        }
    }

    private static Image image(String name, char digit) {
        return Image.newBuilder()
                .setName(name)
                .setTarget(Descriptor.newBuilder()
                        .setMediaType("m")
                        .setDigest(digest(digit))
                        .setSize(1))
                .build();
    }

    private static String digest(char digit) {
        return "sha256:" + Character.toString(digit).repeat(64);
    }

    private List<String> shown() {
        List<String> shown = new ArrayList<>();
        new DaemonImages(daemon)
                .forEach(
                        "ns",
                        image -> shown.add(image.image().name() + " "
                                + image.image().target().digest().charAt("sha256:".length())));
        return shown;
    }

    @Test
    void whatStaysIsShownOnce() {
        assertEquals(List.of("first a", "second b", "third f"), shown());
    }

    @Test
    void aListThatDoesNotFitIntoAnAnswerIsPrintedAllTheSame() {
        CommandLineFixture imaged = new CommandLineFixture(daemon);
        assertEquals("first\nsecond\nthird\n", imaged.stdout("images", "ls", "-q"));
        assertEquals("first\nsecond\nthird\n", imaged.stdout("images", "ls", "-q", "name", "--label", "k=v"));
    }

    @Test
    void aNameThatIsMovedToWhatWasAskedForBeforeIsNotMissed() {
        meanwhile = digit -> {
            if (digit == 'c') {
                images.put("third", 'a');
            }
        };
        assertEquals(List.of("first a", "second b", "third a"), shown());
    }

    @Test
    void aNameThatWasShownAndIsMovedIsShownAgainAsItIs() {
        meanwhile = digit -> {
            if (digit == 'c') {
                images.put("first", 'e');
            }
        };
        assertEquals(
                "first e",
                shown().stream()
                        .filter(image -> image.startsWith("first"))
                        .reduce((a, b) -> b)
                        .orElseThrow());
    }

    @Test
    void aDaemonThatHasNewNamesEachTimeIsGivenUp() {
        meanwhile = digit -> {
            if (digit == 'f') {
                images.put("new " + images.size(), 'a');
            }
        };
        Aborted aborted = assertThrows(Aborted.class, this::shown);
        assertTrue(aborted.getMessage().contains("new names"), aborted.getMessage());
    }
}
