package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of the documents, run as they stand there but for addresses, times and ids of stores: those of one page after the other against
 * one daemon, which is new for each page. They are the blocks of the language "console".
 */
class DocumentedCommandsIT {
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
    private static final Pattern STORE = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final long PATIENCE_SECONDS = 60;

    /** A command and what it prints. */
    private record Step(String command, String output) {}

    @TempDir
    Path folder;

    @Test
    void theCommandsPrintWhatTheDocumentsSay() throws Exception {
        Peers.require("grpcurl", "ctr");
        Map<String, Integer> steps = new TreeMap<>();
        for (Path page : Pages.all()) {
            List<Step> commands = steps(page);
            if (!commands.isEmpty()) {
                run(commands);
                steps.put(Pages.TOP.relativize(page).toString(), commands.size());
            }
        }
        assertTrue(steps.getOrDefault("README.md", 0) >= 3, steps.toString());
        assertTrue(steps.getOrDefault("docs/api.md", 0) >= 12, steps.toString());
        assertTrue(steps.getOrDefault("docs/cli.md", 0) >= 12, steps.toString());
    }

    private void run(List<Step> steps) throws IOException {
        Path home = Files.createTempDirectory(folder, "page");
        Path socket = home.resolve("s");
        ServerConfig config =
                TestDaemon.config(home.resolve("data"), "--listen", "unix://" + socket, "--listen", "127.0.0.1:0");
        try (ImageServer server = ImageServer.start(config, Clock.systemUTC())) {
            String tcp = server.addresses().get(1).toString();
            for (Step step : steps) {
                String command = step.command()
                        .replace("/tmp/imaged.sock", socket.toString())
                        .replace("127.0.0.1:7780", tcp)
                        .replaceAll("(^|[|] )imaged ", "$1java -jar target/imaged.jar ");
                assertEquals(masked(step.output()), masked(printed(command, step.output())), step.command());
            }
        }
    }

    /** Runs a command to its end. A watch has none: it is ended once it has printed as many lines as the page shows. */
    private static String printed(String command, String expected) throws IOException {
        if (!command.contains("images watch ") && !command.contains("Catalog/Watch ")) {
            return Peers.run("bash", "-c", command);
        }
        Process watch = new ProcessBuilder("bash", "-c", command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Timer limit = new Timer("limit of a watch", true);
        limit.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        end(watch);
                    }
                },
                TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        try (BufferedReader lines = watch.inputReader(StandardCharsets.UTF_8)) {
            return lines.lines().limit(expected.lines().count()).collect(Collectors.joining("\n"));
        } finally {
            limit.cancel();
            end(watch);
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static List<Step> steps(Path page) throws IOException {
        List<Step> steps = new ArrayList<>();
        for (Pages.Block block : Pages.blocks(page)) {
            if (block.language().equals("console")) {
                for (String step : block.text().substring(2).split("(?m)^\\$ ", -1)) {
                    int end = step.indexOf('\n') + 1;
                    steps.add(new Step(step.substring(0, end - 1), step.substring(end)));
                }
            }
        }
        return steps;
    }

    private static String masked(String output) {
        return STORE.matcher(TIME.matcher(output.strip()).replaceAll("TIME")).replaceAll("STORE");
    }
}
