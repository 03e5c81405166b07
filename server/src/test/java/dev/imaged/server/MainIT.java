package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.imaged.errors.ImageException;
import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.TestCertificate;
import dev.imaged.server.DaemonProcess.Ended;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Status;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar as its own process: what it prints, how it ends, and what outlives it. */
public class MainIT {
    /** Where a file of checksums tells how many bytes were synced. */
    private static final int SYNCED_OFFSET = 36;

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration STOP = Duration.ofSeconds(5);

    private static final int WRITERS = 32;
    private static final int SLOW_READERS = 8;
    private static final Set<Status.Code> BROKEN_OFF = Set.of(Status.Code.UNAVAILABLE, Status.Code.CANCELLED);

    @TempDir
    Path folder;

    private String socket() {
        return "unix://" + folder.resolve("s");
    }

    @Test
    void itSaysWhereItListensWhereItsDataIsAndWhatToTry() throws IOException {
        String[] arguments = DaemonProcess.serveArguments(folder);
        arguments[4] = socket() + ",127.0.0.1:0";
        try (DaemonProcess daemon = DaemonProcess.start(folder, arguments)) {
            List<String> lines = daemon.greeting();
            assertEquals("listening on " + socket(), lines.get(0));
            assertTrue(Pattern.matches("listening on 127\\.0\\.0\\.1:[1-9][0-9]*", lines.get(1)), lines.get(1));
            assertEquals("data in " + folder.resolve("data"), lines.get(2));
            assertEquals("try: java -jar target/imaged.jar images ls --address " + socket(), lines.get(3));
            assertEquals(4, lines.size());
        }
    }

    @Test
    void whatItSaysToTryWorksWordForWord() throws Exception {
        try (DaemonProcess daemon = DaemonProcess.start(folder, DaemonProcess.serveArguments(folder))) {
            assertTriedWorks(daemon);
        }
    }

    @Test
    void whatItSaysToTryWorksWordForWordWithTls() throws Exception {
        Path own = Files.createDirectory(folder.resolve("own keys"));
        TestCertificate certificate = TestCertificate.of(
                own, "images", "-keyalg", "RSA", "-ext", "san=dns:images.example.com,dns:other.example.com");
        try (DaemonProcess daemon = DaemonProcess.start(folder, tlsArguments(certificate))) {
            assertTriedWorks(daemon);
        }
    }

    private static void assertTriedWorks(DaemonProcess daemon) throws Exception {
        List<String> lines = daemon.greeting();
        String line = lines.get(lines.size() - 1).substring("try: ".length());
        Process shell =
                new ProcessBuilder("sh", "-c", line).redirectErrorStream(true).start();
        String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, shell.waitFor(), () -> line + "\n" + out);
        assertTrue(out.startsWith("NAME "), out);
    }

    private String[] tlsArguments(TestCertificate certificate) {
        return new String[] {
            "serve",
            "--data",
            folder.resolve("data").toString(),
            "--listen",
            "0.0.0.0:0",
            "--tls-cert",
            certificate.chain().toString(),
            "--tls-key",
            certificate.key().toString()
        };
    }

    @Test
    void sighupReadsTheCertificateAgainAndOpenConnectionsGoOn() throws Exception {
        TestCertificate first = TestCertificate.of(folder, "first");
        TestCertificate second = TestCertificate.of(folder, "second");
        try (DaemonProcess daemon = DaemonProcess.startHeedingHangups(folder, tlsArguments(first))) {
            String listening = daemon.greeting().get(0);
            String address = listening.substring(listening.lastIndexOf(' ') + 1).replace("0.0.0.0", "127.0.0.1");
            try (RemoteImageStores open = stores(address, first)) {
                assertEquals(List.of(), open.namespace("default").list());

                Files.copy(second.chain(), first.chain(), StandardCopyOption.REPLACE_EXISTING);
                hangUp(daemon, "the TLS files are not used");
                Files.copy(second.key(), first.key(), StandardCopyOption.REPLACE_EXISTING);
                hangUp(daemon, "are read again");
                try (RemoteImageStores fresh = stores(address, second)) {
                    assertEquals(List.of(), fresh.namespace("default").list());
                }
                assertEquals(List.of(), open.namespace("default").list());
            }
        }
    }

    @Test
    void sighupIsIgnoredWithoutTls() throws Exception {
        try (DaemonProcess daemon = DaemonProcess.startHeedingHangups(folder, DaemonProcess.serveArguments(folder))) {
            daemon.greeting();
            hangUp(daemon, "SIGHUP is ignored");
            assertStops(daemon);
        }
    }

    private static RemoteImageStores stores(String address, TestCertificate trusted) {
        return RemoteImageStores.builder(address).tls(trusted.chain()).build();
    }

    /** Sends SIGHUP and waits until the daemon says something of it. */
    private static void hangUp(DaemonProcess daemon, String answer) throws Exception {
        Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(daemon.pid())).start();
        assertEquals(0, kill.waitFor());
        awaitLogged(daemon, answer);
    }

    private static void awaitLogged(DaemonProcess daemon, String text) throws IOException {
        long start = System.nanoTime();
        while (!daemon.log().contains(text)) {
            assertTrue(daemon.isAlive(), daemon.log());
            assertTrue(System.nanoTime() - start < PATIENCE.toNanos(), () -> "the log does not say \"" + text + '"');
            Thread.onSpinWait();
        }
    }

    @Test
    void withJsonEverythingThatItPrintsAndLogsIsJson() throws IOException {
        String[] arguments = DaemonProcess.serveArguments(folder);
        arguments = Stream.concat(Stream.of(arguments), Stream.of("--log-format", "json"))
                .toArray(String[]::new);
        try (DaemonProcess daemon = DaemonProcess.start(folder, arguments)) {
            awaitLogged(daemon, " serves on ");
            daemon.terminate();
            Ended ended = daemon.awaitEnd();
            assertEquals(0, ended.code(), ended.err());
            List<Map<String, String>> printed = events(ended.out());
            assertEquals("listening on " + socket(), printed.get(0).get("message"));
            assertEquals("data in " + folder.resolve("data"), printed.get(1).get("message"));
            assertTrue(printed.get(2).get("message").startsWith("try: java -jar "), ended.out());
            assertEquals(3, printed.size(), ended.out());
            List<Map<String, String>> logged = events(ended.err());
            assertTrue(logged.size() >= 3, ended.err());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--listen=nowhere", "--nonsense", "--cache-mib=many", "--log-level=loud"})
    void withJsonARefusalIsJson(String flag) throws IOException {
        try (DaemonProcess daemon = DaemonProcess.start(folder, "serve", flag, "--log-format=json")) {
            Ended ended = daemon.awaitEnd();
            assertTrue(ended.code() == 1 || ended.code() == 2, ended.err());
            assertEquals("", ended.out());
            List<Map<String, String>> logged = events(ended.err());
            assertEquals(1, logged.size(), ended.err());
            assertEquals("ERROR", logged.get(0).get("level"));
            assertTrue(logged.get(0).get("message").startsWith("imaged: "), ended.err());
        }
    }

    /** Reads events, an object of JSON in each line, whose fields are texts. */
    private static List<Map<String, String>> events(String lines) throws IOException {
        List<Map<String, String>> events = new ArrayList<>();
        for (String line : lines.lines().toList()) {
            Map<String, String> event = new HashMap<>();
            try (JsonParser json = new JsonFactory().createParser(line)) {
                assertEquals(JsonToken.START_OBJECT, json.nextToken(), line);
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    event.put(json.currentName(), json.nextTextValue());
                }
                assertEquals(null, json.nextToken(), line);
            }
            assertTrue(
                    event.keySet().containsAll(Set.of("@timestamp", "level", "logger_name", "thread_name", "message")),
                    line);
            assertTrue(event.get("@timestamp").endsWith("Z"), line);
            OffsetDateTime.parse(event.get("@timestamp"));
            events.add(event);
        }
        return events;
    }

    @Test
    void sigtermEndsItWithCodeZeroAndRemovesTheSocket() throws IOException {
        try (DaemonProcess daemon = DaemonProcess.serve(folder)) {
            assertStops(daemon);
        }
    }

    @Test
    void sigtermEndsItAlsoWhileACallNeverEnds() throws Exception {
        try (DaemonProcess daemon = DaemonProcess.serve(folder);
                RawClient client = new RawClient(socket())) {
            CompletableFuture<RawClient.Answer> answer = new CompletableFuture<>();
            client.start(
                    "containerd.services.images.v1.Images/Get",
                    CallOptions.DEFAULT,
                    NamespaceHeader.write("default"),
                    answer);
            // Calls of a connection begin in order: once this one is answered, that one is in flight.
            client.call("List", "default", new byte[0]).requireOk();
            assertFalse(answer.isDone());
            assertStops(daemon);
            assertFalse(answer.join().status().isOk());
        }
    }

    @Test
    void sigtermAmidWritesLosesNoneThatWasAcknowledged() throws Exception {
        Set<String> acknowledged;
        try (DaemonProcess daemon = DaemonProcess.serve(folder)) {
            acknowledged = writeUntil(() -> assertStops(daemon));
        }
        assertStored(acknowledged);
    }

    /** The readers do not take what they asked for, so that their calls cannot end. */
    @Test
    void sigtermUnderLoadAnswersWhatCanBeAnsweredAndClosesTheFolderInTime() throws Exception {
        Set<String> acknowledged;
        Map<CompletableFuture<RawClient.Answer>, ClientCall<?, ?>> unread = new HashMap<>();
        try (DaemonProcess daemon = DaemonProcess.serve(folder);
                RemoteImageStores stores = RemoteImageStores.connect(socket());
                RawClient readers = new RawClient(socket())) {
            Descriptor large = target().withAnnotations(Map.of("a", "v".repeat(4 << 20)));
            stores.namespace("large").create(new Image("large", large));
            for (int i = 0; i < SLOW_READERS; i++) {
                CompletableFuture<RawClient.Answer> answer = new CompletableFuture<>();
                unread.put(
                        answer, readers.startUnread("List", "large", ListImagesRequest.getDefaultInstance(), answer));
            }
            acknowledged = writeUntil(() -> assertStops(daemon));
            unread.values().forEach(call -> call.request(2)); // a client tells the end behind what came before
            for (CompletableFuture<RawClient.Answer> answer : unread.keySet()) {
                Status.Code broken =
                        answer.orTimeout(60, TimeUnit.SECONDS).join().code();
                assertTrue(BROKEN_OFF.contains(broken), broken::toString);
            }
        }
        assertAllIsSynced();
        assertStored(acknowledged);
    }

    /** A start has nothing to recover: of the newest file no byte is left of which it is not known that it was synced. */
    private void assertAllIsSynced() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/xodus"))) {
            Path newest = files.filter(file -> file.toString().endsWith(".xd"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            byte[] checksums = Files.readAllBytes(Path.of(newest.toString().replaceFirst("xd$", "crc")));
            assertEquals(Files.size(newest), ByteBuffer.wrap(checksums).getLong(SYNCED_OFFSET));
        }
    }

    @Test
    void aJvmInWhichAnInterruptCouldKeepACommitFromTheDiskIsRefused() throws IOException {
        List<String> arguments = List.of("-cp", "target/imaged.jar", "dev.imaged.server.cli.Main");
        assertNotServed(DaemonProcess.java(), arguments);
    }

    @Test
    void aNewerJvmIsTriedLikewise() throws IOException {
        Path newer = newerJava();
        assertNotServed(newer, List.of("-cp", "target/imaged.jar", "dev.imaged.server.cli.Main"));
        try (DaemonProcess daemon = DaemonProcess.start(
                newer, folder, List.of("-jar", "target/imaged.jar"), DaemonProcess.serveArguments(folder))) {
            daemon.greeting();
            assertStops(daemon);
        }
    }

    private void assertNotServed(Path java, List<String> program) throws IOException {
        try (DaemonProcess daemon = DaemonProcess.start(java, folder, program, DaemonProcess.serveArguments(folder))) {
            Ended ended = daemon.awaitEnd();
            assertEquals(1, ended.code(), ended.err());
            assertEquals("", ended.out());
            List<String> lines = ended.err().lines().toList();
            String last = lines.get(lines.size() - 1);
            assertTrue(
                    Pattern.matches(
                            "imaged: this JVM \\(.*\\) would let an interrupt keep a commit from the disk: start it with"
                                    + " --add-opens java\\.base/sun\\.nio\\.ch=ALL-UNNAMED.*",
                            last),
                    ended.err());
        }
    }

    private static Path newerJava() throws IOException {
        Path jvms = Path.of("/usr/lib/jvm");
        assumeTrue(Files.isDirectory(jvms), "no JVMs in " + jvms);
        try (Stream<Path> all = Files.list(jvms)) {
            Optional<Path> found = all.filter(
                            jvm -> jvm.getFileName().toString().contains("-25-"))
                    .map(jvm -> jvm.resolve("bin/java"))
                    .filter(Files::isExecutable)
                    .findFirst();
            assumeTrue(found.isPresent(), "no JDK 25 in " + jvms);
            return found.get();
        }
    }

    @Test
    void killLosesNoWriteThatWasAcknowledged() throws Exception {
        Set<String> acknowledged;
        try (DaemonProcess daemon = DaemonProcess.serve(folder)) {
            acknowledged = writeUntil(daemon::kill);
            assertTrue(Files.exists(folder.resolve("s")), "a killed process leaves its socket");
        }
        assertStored(acknowledged);
    }

    @Test
    void secondDaemonOnTheFolderIsRefusedWithThePidOfTheFirst() throws IOException {
        try (DaemonProcess first = DaemonProcess.serve(folder)) {
            String refusal = "imaged: data folder " + folder.resolve("data") + " is in use by another process (pid "
                    + first.pid() + "): failed precondition";
            String[] arguments = DaemonProcess.serveArguments(folder);
            arguments[4] = "127.0.0.1:0";
            assertRefused(1, refusal, arguments);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0:0", "nowhere", "unix://"})
    void addressThatCannotBeUsedIsRefusedInOneLine(String address) throws IOException {
        assertRefused(2, "imaged: ", "serve", "--data", folder.resolve("data").toString(), "--listen", address);
    }

    @Test
    void folderThatCannotBeUsedIsRefusedInOneLine() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "precious");
        assertRefused(1, "imaged: data folder " + file + " cannot be used", "serve", "--data", file.toString());
        assertRefused(1, "imaged: data folder " + folder + " is not ours", "serve", "--data", folder.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--nonsense", "--cache-mib=many", "--listen", "surplus"})
    void wrongFlagsExitWithTwo(String flag) throws IOException {
        assertRefused(2, "imaged: ", "serve", flag);
    }

    @Test
    void unknownCommandExitsWithTwo() throws IOException {
        assertRefused(2, "imaged: ", "nonsense");
    }

    private void assertRefused(int code, String start, String... arguments) throws IOException {
        try (DaemonProcess process = DaemonProcess.start(folder, arguments)) {
            Ended ended = process.awaitEnd();
            assertEquals(code, ended.code(), ended.err());
            assertTrue(ended.err().startsWith(start), ended.err());
            assertEquals(1, ended.err().lines().count(), ended.err());
            assertEquals("", ended.out());
        }
    }

    private void assertStops(DaemonProcess daemon) throws IOException {
        long start = System.nanoTime();
        daemon.terminate();
        Ended ended = daemon.awaitEnd();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        assertEquals(0, ended.code(), ended.err());
        assertTrue(took.compareTo(STOP) < 0, "it took " + took);
        assertFalse(Files.exists(folder.resolve("s")), "the socket is gone");
    }

    /** What ends a daemon. */
    private interface End {
        void run() throws IOException;
    }

    /** Writes from many callers, ends the daemon amid it, and returns what was acknowledged until all had failed. */
    private Set<String> writeUntil(End end) throws Exception {
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        CountDownLatch enough = new CountDownLatch(200);
        List<CompletableFuture<Throwable>> writers = new ArrayList<>();
        try (RemoteImageStores stores = RemoteImageStores.connect(socket())) {
            AsyncImageStore store = stores.async("default");
            for (int i = 0; i < WRITERS; i++) {
                CompletableFuture<Throwable> failed = new CompletableFuture<>();
                writers.add(failed);
                writeNext(store, i, 0, acknowledged, enough, failed);
            }
            enough.await();
            end.run();
            for (CompletableFuture<Throwable> writer : writers) {
                assertInstanceOf(
                        ImageException.Unavailable.class,
                        writer.orTimeout(60, TimeUnit.SECONDS).join());
            }
        }
        return acknowledged;
    }

    private static void writeNext(
            AsyncImageStore store,
            int writer,
            int number,
            Set<String> acknowledged,
            CountDownLatch enough,
            CompletableFuture<Throwable> failed) {
        String name = writer + "/" + number;
        store.create(new Image(name, target())).whenComplete((image, error) -> {
            if (error instanceof ImageException) {
                failed.complete(error);
                return;
            }
            acknowledged.add(name);
            enough.countDown();
            writeNext(store, writer, number + 1, acknowledged, enough, failed);
        });
    }

    private static Descriptor target() {
        return new Descriptor("application/json", "sha256:" + "a".repeat(64), 7);
    }

    private void assertStored(Set<String> acknowledged) throws IOException {
        try (DaemonProcess again = DaemonProcess.serve(folder);
                RemoteImageStores stores = RemoteImageStores.connect(socket())) {
            Set<String> stored =
                    stores.namespace("default").list().stream().map(Image::name).collect(Collectors.toSet());
            Set<String> lost = new TreeSet<>(acknowledged);
            lost.removeAll(stored);
            assertEquals(Set.of(), lost);
            assertTrue(acknowledged.size() >= 200);
            assertStops(again);
        }
    }

    /** With "on" a JVM that cannot use the record ends instead of starting without it. */
    @Test
    void aJvmStartsFromWhatTheBuildRecorded() throws Exception {
        Path target = Path.of("target");
        boolean cache = Runtime.version().feature() >= 25;
        List<String> flags = cache
                ? List.of("-XX:AOTMode=on", "-XX:AOTCache=" + target.resolve("imaged.aot"))
                : List.of("-Xshare:on", "-XX:SharedArchiveFile=" + target.resolve("imaged.jsa"));
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC"));
        command.addAll(flags);
        command.addAll(
                List.of("-Xlog:class+load", "-jar", target.resolve("imaged.jar").toString(), "--version"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertEquals(0, process.waitFor(), out);
        assertTrue(
                Pattern.compile("dev\\.imaged\\.server\\.cli\\.Main source: shared objects file")
                        .matcher(out)
                        .find(),
                out);
    }
}
