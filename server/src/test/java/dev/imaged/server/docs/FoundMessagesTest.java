package dev.imaged.server.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException;
import dev.imaged.server.ImageServer;
import dev.imaged.server.TestDaemon;
import dev.imaged.server.cli.ExceptionHandler;
import dev.imaged.server.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the daemon and the commands say of mistakes, made here for real, is found in {@code docs/troubleshooting.md}. */
class FoundMessagesTest {
    /** What a page writes for a text of several words; other names are of one. */
    private static final Pattern VALUE = Pattern.compile("(REASON|TEXT|PATTERN|WORDS|TIME|FILTERS?)|[A-Z][A-Z0-9_]*");

    /** What the page leaves out before and behind a message: the option that it is about, and the status code. */
    private static final String BEFORE = "(?:Invalid value for .*?'?[)']?: |--[a-z-]+: )?";

    private static final String BEHIND = "(?:: (?:invalid argument|not found|already exists|failed precondition))*";

    @TempDir
    Path folder;

    private Path data;
    private List<Pattern> page;

    @BeforeEach
    void readPage() throws IOException {
        data = folder.resolve("data");
        page = Page.read("troubleshooting.md").rows().stream()
                .flatMap(row -> row.code(0).stream())
                .map(FoundMessagesTest::pattern)
                .toList();
    }

    private static Pattern pattern(String message) {
        Matcher values = VALUE.matcher(message);
        StringBuilder pattern = new StringBuilder(BEFORE);
        int start = 0;
        while (values.find()) {
            pattern.append(Pattern.quote(message.substring(start, values.start())))
                    .append(values.group(1) == null ? "\\S+" : ".+");
            start = values.end();
        }
        pattern.append(Pattern.quote(message.substring(start))).append(BEHIND);
        return Pattern.compile(pattern.toString());
    }

    private void requireFound(String message) {
        assertTrue(page.stream().anyMatch(pattern -> pattern.matcher(message).matches()), message);
    }

    private void requireRefused(String start, String... flags) {
        ImageException refused = assertThrows(
                ImageException.class,
                () -> ImageServer.start(TestDaemon.config(data, flags), Clock.systemUTC())
                        .close());
        assertTrue(String.valueOf(refused.getMessage()).startsWith(start), refused.getMessage());
        requireFound(String.valueOf(refused.getMessage()));
    }

    private String socket() {
        return "unix://" + folder.resolve("s");
    }

    private ImageServer serve() {
        return ImageServer.start(TestDaemon.config(data, "--listen", socket()), Clock.systemUTC());
    }

    /** Runs a command that fails, and looks for each line that it prints on stderr. */
    private void requireFails(String... arguments) {
        StringWriter err = new StringWriter();
        int code = ExceptionHandler.install(new CommandLine(new Main()))
                .setOut(new PrintWriter(new StringWriter()))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        assertTrue(code == 1 || code == 2, () -> code + " " + err);
        assertFalse(err.toString().isBlank());
        err.toString()
                .lines()
                .map(line -> line.replaceFirst("^(imaged|hint): ", "").replaceFirst(" [(]see imaged.* --help[)]$", ""))
                .forEach(this::requireFound);
    }

    @Test
    void aFolderInUse() {
        try (ImageServer first = serve()) {
            assertEquals(1, first.addresses().size());
            requireRefused("data folder " + data + " is in use", "--listen", "127.0.0.1:0");
            requireFails("check", "--data", data.toString());
        }
    }

    @Test
    void aFolderOfAnotherProgram() throws IOException {
        Files.createDirectory(data);
        Files.writeString(data.resolve("precious"), "");
        requireRefused("data folder " + data + " is not ours: ", "--listen", socket());
        requireFails("restore", folder.toString(), "--data", data.toString());
        requireFails("init", "--data", data.toString());
        requireFails("check", "--data", data.toString());
    }

    @Test
    void aFolderThatHasToBeThere() throws IOException {
        requireRefused("data folder " + data + " holds no images: it is missing", "--require-data");
        Files.createDirectory(data);
        requireRefused("data folder " + data + " holds no images: it has no file", "--require-data");
        requireFails("stats", "--data", data.toString());
        Files.delete(data);
        requireFails("stats", "--data", data.toString());
    }

    @Test
    void aFileInPlaceOfTheFolder() throws IOException {
        Files.writeString(data, "");
        requireRefused("data folder " + data + " cannot be used: ", "--listen", socket());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "text", "0", "99"})
    void aFolderWithAnotherMarker(String marker) throws IOException {
        serve().close();
        Files.writeString(data.resolve("imaged.schema"), marker);
        requireRefused("data folder " + data + " ", "--listen", socket());
    }

    @Test
    void aFolderWithoutItsMarker() throws IOException {
        serve().close();
        Files.delete(data.resolve("imaged.schema"));
        requireRefused("data folder " + data + " is not ours, or damaged: file", "--listen", socket());
        Files.createFile(data.resolve("imaged.restoring"));
        requireRefused("data folder " + data + " holds a restore", "--listen", socket());
    }

    @Test
    void filesThatAreMissing() throws IOException {
        serve().close();
        Path database = data.resolve("xodus");
        List<Path> files;
        try (Stream<Path> all = Files.list(database)) {
            files = all.filter(path -> path.toString().endsWith(".xd")).toList();
        }
        assertEquals(1, files.size());
        Files.delete(files.get(0));
        requireRefused("data folder " + data + " is damaged: file", "--listen", socket());
    }

    @Test
    void addressesThatAreTaken() throws IOException {
        try (ImageServer other = ImageServer.start(
                TestDaemon.config(folder.resolve("other"), "--listen", socket(), "--listen", "127.0.0.1:0"),
                Clock.systemUTC())) {
            requireRefused("socket path", "--listen", socket());
            requireRefused(
                    "the daemon cannot listen on",
                    "--listen",
                    other.addresses().get(1).toString());
        }
        Path file = Files.createFile(folder.resolve("file"));
        requireRefused("socket path", "--listen", file.toString());
    }

    @Test
    void aSocketWithoutRoomForItsFolder() {
        Path deep = folder.resolve("d".repeat(100 - folder.toString().length()));
        requireRefused("socket path", "--listen", deep + "/s");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host",
                "tcp://host:1",
                "relative/path",
                "::1:7780",
                "unix://@name",
                "unix://",
                "127.0.0.1:99999",
                "127.0.0.1:",
                "nowhere.invalid:7780",
                "[::1]"
            })
    void addressesThatCannotBeRead(String address) {
        requireRefused("--listen: ", "--listen", address);
    }

    @Test
    void flagsThatDoNotGoTogether() throws IOException {
        requireRefused("--tls-cert and", "--tls-cert", "c.pem", "--listen", socket());
        requireRefused("address ", "--listen", "0.0.0.0:0");
        requireRefused("--max-streams must", "--max-streams", "0");
        requireRefused("PEM file", "--tls-cert", "c.pem", "--tls-key", "k.pem", "--listen", socket());
        String empty = Files.createFile(folder.resolve("empty.pem")).toString();
        requireRefused("PEM file", "--tls-cert", empty, "--tls-key", empty, "--listen", socket());
        String key = Files.writeString(
                        folder.resolve("key.pem"), "-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n")
                .toString();
        requireRefused("PEM file", "--tls-cert", key, "--tls-key", key, "--listen", socket());
    }

    @Test
    void connectionsThatFail() {
        requireFails("health", "--address", "127.0.0.1:1");
        requireFails("images", "ls", "--address", folder.resolve("none").toString());
        requireFails("stats", "--address", "nowhere.invalid:7780");
        requireFails("health", "--address", "127.0.0.1:0");
    }

    @Test
    void requestsThatAreRefused() {
        try (ImageServer server = serve()) {
            String address = server.addresses().get(0).toString();
            requireFails("images", "--address", address, "get", "none");
            requireFails("images", "--address", address, "-n", "no/namespace", "ls");
            requireFails("images", "--address", address, "label", "none", "k=v");
            requireFails("images", "--address", address, "ls", "name=x");
            requireFails("images", "--address", address, "ls", "name==");
            requireFails("images", "--address", address, "ls", "labels.a/b==c");
            requireFails("images", "--address", address, "ls", "name==a b");
            requireFails("images", "--address", address, "ls", "name==\"a");
            requireFails("images", "--address", address, "ls", ",");
        }
    }

    @Test
    void maintenanceByTcp() {
        try (ImageServer server =
                ImageServer.start(TestDaemon.config(data, "--listen", "127.0.0.1:0"), Clock.systemUTC())) {
            requireFails("stats", "--address", server.addresses().get(0).toString());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "imag",
                "images ls --nonsense",
                "images ls --lable x",
                "images rm",
                "images rm a --digest sha256:1111111111111111111111111111111111111111111111111111111111111111",
                "images rm --digest x",
                "images label a b",
                "images ls --label =b",
                "images create a --size 1.5 --media-type m --digest d",
                "images ls -o xml",
                "health --timeout soon",
                "health --timeout 0s",
                "health surplus",
                "import",
                "import a --from b --base-name c",
                "import a --base-name b:c",
                "import a --max-unpack-ratio 0",
                "inspect a",
                "inspect a --content b --platform a/b/c/d/e",
                "inspect a --content b --platform nonsense",
                "backup a.zip",
                "stats --data /nowhere/at/all",
                "health --tls-cert a",
                "import /nowhere/at/all"
            })
    void commandLinesThatAreWrong(String commandLine) {
        requireFails(commandLine.split(" "));
    }

    @Test
    void filesThatAreNotWhatTheyHaveToBe() throws IOException {
        String text = Files.writeString(folder.resolve("text"), "text").toString();
        String empty = Files.createDirectory(folder.resolve("empty")).toString();
        requireFails("import", text);
        requireFails("import", empty);
        requireFails("restore", text, "--data", data.toString());
        serve().close();
        requireFails("dump", "--data", data.toString(), text);
        requireFails("backup", "--data", data.toString(), folder.toString());
        requireFails("load", "--data", data.toString(), text);
    }
}
