package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the README, run as they stand there but for addresses and times. */
class ReadmeIT {
    private static final Pattern CONSOLE = Pattern.compile("```console\n(.*?)```", Pattern.DOTALL);
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");

    /** A command and what it prints. */
    private record Step(String command, String output) {}

    @TempDir
    Path folder;

    @Test
    void theCommandsPrintWhatTheReadmeSays() throws Exception {
        Peers.require("grpcurl", "ctr");
        List<Step> steps = steps(Files.readString(Path.of("..", "README.md")));
        assertTrue(steps.size() > 5);

        Path socket = folder.resolve("s");
        ServerConfig config =
                TestDaemon.config(folder.resolve("data"), "--listen", "unix://" + socket, "--listen", "127.0.0.1:0");
        try (ImageServer server = ImageServer.start(config, Clock.systemUTC())) {
            String tcp = server.addresses().get(1).toString();
            for (Step step : steps) {
                String command = step.command()
                        .replace("/tmp/imaged.sock", socket.toString())
                        .replace("127.0.0.1:7780", tcp)
                        .replaceFirst("^imaged ", "java -jar target/imaged.jar ");
                assertEquals(masked(step.output()), masked(Peers.run("bash", "-c", command)), step.command());
            }
        }
    }

    private static List<Step> steps(String readme) {
        List<Step> steps = new ArrayList<>();
        Matcher blocks = CONSOLE.matcher(readme);
        while (blocks.find()) {
            for (String step : blocks.group(1).substring(2).split("(?m)^\\$ ", -1)) {
                int end = step.indexOf('\n') + 1;
                steps.add(new Step(step.substring(0, end - 1), step.substring(end)));
            }
        }
        return steps;
    }

    private static String masked(String output) {
        return TIME.matcher(output.strip()).replaceAll("TIME");
    }
}
