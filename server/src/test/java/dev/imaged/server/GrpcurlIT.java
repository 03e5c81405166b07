package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client in Go that knows the API only from reflection, over a unix socket and over TCP. */
class GrpcurlIT {
    private static final String IMAGES = "containerd.services.images.v1.Images";
    private static final String TARGET =
            "{'media_type':'application/json','digest':'sha256:" + "a".repeat(64) + "','size':7}";

    @TempDir
    Path folder;

    private DaemonProcess daemon;
    private String port;

    @BeforeEach
    void start() throws IOException {
        Peers.require("grpcurl");
        String[] arguments = DaemonProcess.serveArguments(folder);
        arguments[4] += ",127.0.0.1:0";
        daemon = DaemonProcess.start(folder, arguments);
        port = daemon.greeting().get(1).substring("listening on ".length());
    }

    @AfterEach
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
    }

    private String grpcurl(String transport, List<String> flags, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("grpcurl", "-plaintext"));
        command.addAll(flags);
        command.add(transport.equals("unix") ? "unix://" + folder.resolve("s") : port);
        command.addAll(List.of(arguments));
        return Peers.run(command);
    }

    private String call(String transport, String method, String request) throws IOException {
        List<String> flags = List.of("-H", "containerd-namespace: demo", "-d", request.replace('\'', '"'));
        return grpcurl(transport, flags, IMAGES + "/" + method).replaceAll("\\s", "");
    }

    private String failure(String transport, String method, String request) {
        return assertThrows(AssertionError.class, () -> call(transport, method, request))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void listNamesTheServicesAndTheMethods(String transport) throws IOException {
        assertTrue(grpcurl(transport, List.of(), "list").lines().toList().contains(IMAGES));
        assertEquals(
                List.of(".Create", ".Delete", ".Get", ".List", ".Update").stream()
                        .map(IMAGES::concat)
                        .toList(),
                grpcurl(transport, List.of(), "list", IMAGES).lines().toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void describeKnowsTheMessages(String transport) throws IOException {
        String service = grpcurl(transport, List.of(), "describe", IMAGES);
        assertTrue(service.contains("rpc Delete ( .containerd.services.images.v1.DeleteImageRequest )"), service);
        String delete = grpcurl(transport, List.of(), "describe", "containerd.services.images.v1.DeleteImageRequest");
        assertTrue(delete.contains("optional .containerd.types.Descriptor target = 3;"), delete);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void imagesAreCreatedReadUpdatedListedAndDeleted(String transport) throws IOException {
        String create = "{'image':{'name':'a','labels':{'k':'v'},'target':" + TARGET + "}}";
        String created = call(transport, "Create", create);
        assertTrue(created.contains("\"created_at\":"), created);
        assertEquals(created, call(transport, "Get", "{'name':'a'}"));
        assertTrue(failure(transport, "Create", create).contains("AlreadyExists"));

        String updated = call(
                transport,
                "Update",
                "{'image':{'name':'a','labels':{'k':'w'},'target':" + TARGET
                        + "},'update_mask':{'paths':['labels.k']}}");
        assertTrue(updated.contains("\"labels\":{\"k\":\"w\"}"), updated);
        assertTrue(call(transport, "List", "{'filters':['labels.k==w']}").contains("\"name\":\"a\""));
        assertEquals("{}", call(transport, "List", "{'filters':['labels.k==v']}"));

        assertEquals("{}", call(transport, "Delete", "{'name':'a','sync':true}"));
        String missing = failure(transport, "Get", "{'name':'a'}");
        assertTrue(missing.contains("Code: NotFound"), missing);
        assertTrue(missing.contains("Message: image \"a\": not found"), missing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void callWithoutNamespaceIsRefused(String transport) {
        AssertionError refused =
                assertThrows(AssertionError.class, () -> grpcurl(transport, List.of(), IMAGES + "/List"));
        assertTrue(refused.getMessage().contains("namespace is required"), refused.getMessage());
    }
}
