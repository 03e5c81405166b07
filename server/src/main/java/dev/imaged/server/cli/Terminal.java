package dev.imaged.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a person reads the output of a command. From JDK 22 on, {@code System.console()} does not tell any more. */
final class Terminal {
    private Terminal() {}

    /** Whether standard output is a terminal. */
    static boolean isOutput() {
        return isTerminal(Path.of("/proc/self/fd/1"));
    }

    /** Whether nobody reads any more what is printed. What waits to be printed is flushed. */
    static boolean isClosed(PrintWriter out) {
        return out.checkError() || System.out.checkError(); // a writer to System.out does not hear of its errors
    }

    /** Whether standard output goes to another program. Output that is then not taken is output that the program does not need. */
    static boolean isOutputToProgram() {
        String target = target(Path.of("/proc/self/fd/1"));
        return target.startsWith("pipe:") || target.startsWith("socket:");
    }

    /** Whether standard error is a terminal. */
    static boolean isError() {
        return isTerminal(Path.of("/proc/self/fd/2"));
    }

    private static boolean isTerminal(Path descriptor) {
        String target = target(descriptor);
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // not on Linux
        }
    }
}
