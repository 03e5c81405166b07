package dev.imaged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A program in {@code src/test/go} that answers each line that it reads with a line. */
public record GoProgram(String file, List<String> arguments) {
    /** Skips the test where go is not on the path, unless that is where all tests have to run. */
    public static void assumeGo() throws InterruptedException {
        assumeTrue(goIsThere() || System.getenv("CI") != null, "go is not on the path");
    }

    private static boolean goIsThere() throws InterruptedException {
        try {
            return new ProcessBuilder("go", "version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns the answers to lines; the folder is for files in between. */
    public List<String> answers(Path folder, List<String> lines) throws IOException, InterruptedException {
        Path asked = Files.write(folder.resolve("asked"), lines);
        Path answered = folder.resolve("answered");
        List<String> command = new ArrayList<>(List.of(
                "go", "run", Path.of("src/test/go", file).toAbsolutePath().toString()));
        command.addAll(arguments);
        int code = new ProcessBuilder(command)
                .redirectInput(asked.toFile())
                .redirectOutput(answered.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
        assertEquals(0, code);
        return Files.readAllLines(answered);
    }
}
