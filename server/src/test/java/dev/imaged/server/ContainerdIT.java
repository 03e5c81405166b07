package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import dev.imaged.errors.ImageException;
import dev.imaged.filters.ObservedFilters;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.cli.Main;
import dev.imaged.server.grpc.ApiAnswers;
import io.grpc.Status.Code;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The client library against a real containerd, and our answers beside its answers. */
class ContainerdIT {
    private static final Descriptor TARGET = new Descriptor(MediaType.OCI_INDEX, "sha256:" + "a".repeat(64), 7);

    @TempDir
    private static Path folder;

    private static ContainerdProcess containerd;
    private static ImageStores stores;

    private ImageStore images;

    @BeforeAll
    static void start() throws Exception {
        containerd = ContainerdProcess.start(folder);
        stores = RemoteImageStores.connect(containerd.address());
    }

    @AfterAll
    static void stop() throws Exception {
        if (containerd != null) {
            stores.close();
            containerd.stop();
        }
    }

    @BeforeEach
    void useANamespaceOfTheTest(TestInfo test) {
        images = stores.namespace(test.getTestMethod().orElseThrow().getName());
    }

    @Test
    void aNameLivesItsWholeLife() {
        Image created = images.create(new Image("a", Map.of("k", "v", "empty", ""), TARGET));
        assertEquals(Map.of("k", "v"), created.labels());
        assertEquals(created, images.get("a"));
        assertEquals(List.of(created), images.list(List.of("labels.k==v")));

        Descriptor moved = new Descriptor(MediaType.OCI_MANIFEST, "sha256:" + "b".repeat(64), 8);
        Image updated = images.update(created.withTarget(moved), UpdateMask.target());
        assertEquals(moved, updated.target());
        assertEquals(created.createdAt(), updated.createdAt());

        images.delete("a");
        assertEquals(List.of(), images.list());
    }

    @Test
    void allItsNamespacesAreCopiedAlsoThoseThatDoNotFitIntoOneAnswer(@TempDir Path data) throws Exception {
        ImageStore large = stores.namespace("large");
        for (int i = 0; i < 20; i++) {
            Descriptor target = new Descriptor(
                    MediaType.OCI_INDEX, "sha256:" + "%x".formatted(i % 16).repeat(64), 7);
            large.create(new Image("n" + i, target.withAnnotations(Map.of("k", "v".repeat(1 << 20)))));
        }
        images.create(new Image("a", Map.of("k", "v"), TARGET));
        try (DaemonProcess daemon = DaemonProcess.serve(data);
                RemoteImageStores copies = RemoteImageStores.connect("unix://" + data.resolve("s"))) {
            String[] copy = {"import", "--from", containerd.address(), "--address", "unix://" + data.resolve("s")};
            assertEquals(0, Main.commandLine().execute(copy));
            assertEquals(0, Main.commandLine().execute(copy));

            assertEquals(
                    images.list(),
                    copies.namespace("allItsNamespacesAreCopiedAlsoThoseThatDoNotFitIntoOneAnswer")
                            .list());
            for (int i = 0; i < 20; i++) {
                assertEquals(large.get("n" + i), copies.namespace("large").get("n" + i));
            }
            daemon.terminate();
        }
    }

    @Test
    void itDoesNotHaveWhatOursHasBeyondTheImagesApi() {
        String namespace = "itDoesNotHaveWhatOursHasBeyondTheImagesApi";
        assertEquals(Optional.empty(), stores.pages(namespace));
        assertEquals(Optional.empty(), stores.history(namespace));
        assertThrows(ImageException.Unimplemented.class, () -> images.modify("a", image -> image));
        images.create(new Image("a", TARGET));
        assertEquals(images.list(), images.stream().toList());

        String message = "imaged: " + containerd.address() + " does not keep what its images were, as an imaged does\n";
        for (String[] command :
                new String[][] {{"history", "a"}, {"ls", "--as-of", "1"}, {"get", "a", "--as-of", "1"}}) {
            StringWriter err = new StringWriter();
            List<String> arguments = new ArrayList<>(List.of("images", "-n", namespace));
            arguments.addAll(List.of(command));
            arguments.addAll(List.of("--address", containerd.address()));
            int code = Main.commandLine().setErr(new PrintWriter(err)).execute(arguments.toArray(String[]::new));
            assertEquals(1, code);
            assertEquals(message, err.toString());
        }
    }

    @Test
    void aStreamThatIsTooLongForItSaysWhatToDo() {
        for (int i = 0; i < 17; i++) {
            Descriptor target = new Descriptor(
                    MediaType.OCI_INDEX, "sha256:" + "%x".formatted(i % 16).repeat(64), 7);
            images.create(new Image("n" + (char) ('a' + i), target.withAnnotations(Map.of("k", "v".repeat(1 << 20)))));
        }
        ImageException error = assertThrows(ImageException.ResourceExhausted.class, images::stream);
        assertTrue(error.hints().get(0).contains("filter"), error.hints()::toString);
        assertEquals(1, images.stream(List.of("name==na")).count());
        assertEquals(
                17,
                imaged("images", "-n", "aStreamThatIsTooLongForItSaysWhatToDo", "ls", "-q")
                        .lines()
                        .count());
    }

    /** Runs a command on it, in the namespace of the test, and returns what it printed. */
    private String imaged(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addAll(List.of("--address", containerd.address()));
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(command.toArray(String[]::new));
        assertEquals(0, code, err::toString);
        return out.toString();
    }

    @Test
    void theCommandsWorkOnItAsOnOurs() {
        String namespace = "theCommandsWorkOnItAsOnOurs";
        String digest = "sha256:" + "c".repeat(64);
        for (String name : List.of("r.example/a b:1", "r.example/a.b:1", "s.example/a:1")) {
            imaged(
                    "images",
                    "-n",
                    namespace,
                    "create",
                    name,
                    "--digest",
                    digest,
                    "--size",
                    "7",
                    "--media-type",
                    "m",
                    "--label",
                    "k.l/m=v,\"w\"",
                    "--label",
                    "name=" + name);
        }
        images.create(new Image("other", TARGET));
        assertEquals(
                "r.example/a b:1\nr.example/a.b:1\n",
                imaged("images", "-n", namespace, "ls", "-q", "--name-prefix", "r.example/a", "--digest", digest));
        assertEquals(
                "r.example/a.b:1\n",
                imaged("images", "-n", namespace, "ls", "-q", "--name-prefix", "r.example/a.", "--label", "k.l/m"));
        assertEquals(
                "r.example/a b:1\ns.example/a:1\n",
                imaged(
                        "images",
                        "-n",
                        namespace,
                        "ls",
                        "-q",
                        "name==other",
                        "name~=a:1$",
                        "name~=\" \"",
                        "--label",
                        "k.l/m=v,\"w\""));
        assertEquals(
                "r.example/a b:1\nr.example/a.b:1\ns.example/a:1\n",
                imaged("images", "-n", namespace, "rm", "--digest", digest));
        assertEquals("other\n", imaged("images", "-n", namespace, "ls", "-q"));
        List<String> namespaces = imaged("namespaces", "ls", "-q").lines().toList();
        assertTrue(namespaces.contains(namespace), namespaces::toString);
    }

    @Test
    void itsErrorsAreTypedAsOurs() {
        images.create(new Image("a", TARGET));

        assertThrows(ImageException.AlreadyExists.class, () -> images.create(new Image("a", TARGET)));
        assertThrows(ImageException.NotFound.class, () -> images.get("b"));
        assertThrows(ImageException.InvalidArgument.class, () -> images.create(new Image("", TARGET)));
        assertThrows(
                ImageException.InvalidArgument.class,
                () -> images.update(new Image("a", TARGET), UpdateMask.of("target.digest")));
        assertThrows(ImageException.InvalidArgument.class, () -> images.list(List.of("bad filter")));
    }

    @Test
    void filtersAreAnsweredAsWasObserved() {
        ObservedFilters observed = ObservedFilters.load();
        observed.images().forEach(image -> images.create(image));
        for (ObservedFilters.Answer answer : observed.answers()) {
            if (answer.filter().contains("(?<")) {
                continue; // depends on the Go version that built it
            }
            if (answer.matches() == null) {
                assertThrows(
                        ImageException.InvalidArgument.class,
                        () -> images.list(List.of(answer.filter())),
                        answer.filter());
            } else {
                assertEquals(
                        answer.matches(),
                        images.list(List.of(answer.filter())).stream()
                                .map(Image::name)
                                .toList(),
                        answer.filter());
            }
        }
    }

    /** Messages of 1.6 differ from later ones in how they name the target and long labels, and in names with a percent sign. */
    @Test
    void callsAreAnsweredAsOurDaemonAnswersThem() {
        images.create(new Image(TestDaemon.KEPT, TARGET));
        RawClient client = new RawClient(containerd.address());
        try {
            for (ApiAnswers.Row row : ApiAnswers.in("callsAreAnsweredAsOurDaemonAnswersThem")) {
                RawClient.Answer answer = client.call(row.method(), row.namespace(), row.request());
                Code code = row.otherIn16() == null ? row.code() : row.otherIn16();
                assertEquals(code, answer.code(), row + ": " + answer.status());
                String message =
                        String.valueOf(answer.status().getDescription()).replaceFirst("^Target\\.", "target.");
                boolean differs =
                        row.otherIn16() != null || message.contains("label key and value") || message.contains("%");
                if (!differs) {
                    assertEquals(row.message(), message, row.toString());
                }
            }
        } finally {
            client.close();
        }
        assertEquals(1, images.list().size());
    }

    @Test
    void anUpdateWithoutATargetIsAnsweredAsOurs() {
        Map<String, Code> codes = Map.of(
                "labels", Code.OK,
                "labels.k", Code.OK,
                "annotations.a", Code.OK,
                "annotations", Code.OK,
                "target", Code.INVALID_ARGUMENT);
        RawClient client = new RawClient(containerd.address());
        try {
            codes.forEach((path, code) -> {
                images.create(new Image(path, TARGET.withAnnotations(Map.of("a", "b"))));
                UpdateImageRequest update = UpdateImageRequest.newBuilder()
                        .setImage(dev.imaged.proto.images.v1.Image.newBuilder()
                                .setName(path)
                                .putLabels("k", "v"))
                        .setUpdateMask(FieldMask.newBuilder().addPaths(path))
                        .build();
                RawClient.Answer answer = client.call("Update", "anUpdateWithoutATargetIsAnsweredAsOurs", update);
                assertEquals(code, answer.code(), path + ": " + answer.status());
            });
        } finally {
            client.close();
        }
    }
}
