package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The programs of others that tests run beside ours, where they are on the PATH. A test without its program is skipped,
 * and fails where the environment variable CI is {@code true}: there all of them are installed.
 */
public final class Peers {
    private static final long TIMEOUT_SECONDS = 120;

    private Peers() {}

    /** Skips the test, or in CI fails it, when a program is missing. */
    public static void require(String... programs) {
        for (String program : programs) {
            require(isInstalled(program), program + " is not on the PATH");
        }
    }

    /** Skips the test, or in CI fails it, when something else is missing. */
    public static void require(boolean isThere, String otherwise) {
        if ("true".equals(System.getenv("CI"))) {
            assertTrue(isThere, otherwise);
        } else {
            assumeTrue(isThere, otherwise);
        }
    }

    /** Whether a program is on the PATH. */
    public static boolean isInstalled(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Runs a program to its end and returns what it wrote to stdout, without white space around it. */
    public static String run(String... command) throws IOException {
        return run(List.of(command));
    }

    /**
     * Runs a program to its end and returns what it wrote to stdout, without white space around it.
     *
     * @throws AssertionError when it fails or takes longer than {@value #TIMEOUT_SECONDS} seconds
     */
    public static String run(List<String> command) throws IOException {
        // Files, as a program that fills a pipe nobody reads would wait for ever.
        Path out = Files.createTempFile("peer", ".out");
        Path err = Files.createTempFile("peer", ".err");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            String result = await(process);
            if (!result.equals("exit code 0")) {
                throw new AssertionError(String.join(" ", command) + ": " + result + "\n" + Files.readString(out) + "\n"
                        + Files.readString(err));
            }
            return Files.readString(out).strip();
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String await(Process process) {
        try {
            if (process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                return "exit code " + process.exitValue();
            }
            return "takes longer than " + TIMEOUT_SECONDS + " seconds";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } finally {
            process.destroyForcibly();
        }
    }
}
