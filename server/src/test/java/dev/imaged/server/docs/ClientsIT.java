package dev.imaged.server.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.DaemonProcess;
import dev.imaged.server.Peers;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Each row of {@code docs/clients.md} that has a command, run by each {@code ctr} on the path and by {@code grpcurl}. */
class ClientsIT {
    private static final String NAMESPACE = "demo";
    private static final String NAME = "docker.io/library/app:v1";
    private static final String NEW = "127.0.0.1:1/library/new:v2";
    private static final String DIGEST = "sha256:" + "a".repeat(64);
    private static final Pattern VERSION = Pattern.compile("\\bv?(\\d+)\\.\\d+\\.\\d+");
    private static final long PATIENCE_SECONDS = 60;

    /** How a run ended, and all that it wrote. */
    private record Run(int code, String output) {}

    @TempDir
    static Path folder;

    private static DaemonProcess daemon;
    private static RemoteImageStores stores;
    private static Page page;

    @BeforeAll
    static void serve() throws IOException {
        page = Page.read("clients.md");
        daemon = DaemonProcess.serve(folder);
        stores = RemoteImageStores.connect("unix://" + socket());
    }

    @AfterAll
    static void stop() {
        stores.close();
        daemon.close();
    }

    private static Path socket() {
        return folder.resolve("s");
    }

    @TestFactory
    Stream<DynamicContainer> ctrDoesWhatThePageSays() throws IOException {
        Peers.require("ctr");
        List<DynamicContainer> versions = new ArrayList<>();
        for (Path ctr : onPath("ctr")) {
            String version = Peers.run(ctr.toString(), "--version");
            Matcher major = VERSION.matcher(version);
            assertTrue(major.find(), version);
            int column = Integer.parseInt(major.group(1));
            versions.add(dynamicContainer(
                    version, page.rows("ctr").stream().map(row -> test(row, column, ctrCommand(ctr, row)))));
        }
        return versions.stream();
    }

    private static List<String> ctrCommand(Path ctr, Page.Row row) {
        List<String> command = new ArrayList<>(List.of(ctr.toString(), "-a", socket().toString(), "-n", NAMESPACE));
        String[] words = row.code(0).get(0).split(" ");
        assertEquals("ctr", words[0]);
        command.addAll(List.of(words).subList(1, words.length));
        return command;
    }

    @TestFactory
    Stream<DynamicTest> grpcurlDoesWhatThePageSays() {
        Peers.require("grpcurl");
        return page.rows("grpcurl").stream().map(row -> test(row, 1, grpcurlCommand(row)));
    }

    private static List<String> grpcurlCommand(Page.Row row) {
        List<String> command =
                new ArrayList<>(List.of("grpcurl", "-plaintext", "-H", "containerd-namespace: " + NAMESPACE));
        List<String> words = new ArrayList<>(List.of(row.code(0).get(0).split(" ")));
        if (words.get(0).equals("-d")) {
            command.addAll(List.of(words.remove(0), words.remove(0)));
        }
        command.add("unix://" + socket());
        command.addAll(words);
        return command;
    }

    private static DynamicTest test(Page.Row row, int column, List<String> command) {
        return dynamicTest(row.code(0).get(0), () -> {
            makeImage();
            List<String> words = command.stream().map(ClientsIT::filled).toList();
            requireAsSaid(row.cells().get(column), row.code(column), run(words));
        });
    }

    /** Makes the image that the commands are about as it was, and removes the one that they may have made. */
    private static void makeImage() {
        ImageStore images = stores.namespace(NAMESPACE);
        images.list().forEach(image -> images.delete(image.name()));
        images.create(new Image(
                NAME, Map.of("team", "web"), new Descriptor("application/vnd.oci.image.index.v1+json", DIGEST, 7)));
    }

    private static String filled(String word) {
        return word.replace("NAME", NAME)
                .replace("NEW", NEW)
                .replace("DIGEST", DIGEST)
                .replace("FILE", folder.resolve("export.tar").toString())
                .replace("DIR", folder.toString());
    }

    private static void requireAsSaid(String said, List<String> messages, Run run) {
        boolean works = said.startsWith("works");
        assertTrue(works || said.startsWith("does not: "), said);
        assertEquals(works, run.code() == 0, run.output());
        assertTrue(works || !messages.isEmpty(), "the row has no message");
        messages.forEach(message -> assertTrue(run.output().contains(message), run.output()));
    }

    /** Returns the programs of a name in all folders of the path, each once. */
    private static List<Path> onPath(String program) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
            Path file = Path.of(directory, program);
            if (Files.isExecutable(file) && !found.contains(file.toRealPath())) {
                found.add(file.toRealPath());
            }
        }
        return found;
    }

    private static Run run(List<String> command) throws Exception {
        Path output = Files.createTempFile(folder, "run", ".out");
        Process process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), () -> command + " does not end");
            return new Run(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }
}
