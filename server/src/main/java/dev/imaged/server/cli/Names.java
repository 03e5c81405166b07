package dev.imaged.server.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** Prints names alone: as they are for a program, and escaped on a terminal. */
@Command // without options; so it can be mixed in, and tests give their own
class Names {
    /** Whether a person reads the names; tests override it. */
    boolean isTerminal() {
        return Terminal.isOutput();
    }

    /**
     * Prints a name.
     *
     * @param end the character after it
     */
    final void print(PrintWriter out, String name, char end) {
        out.print(isTerminal() ? Printable.escape(name) : name);
        out.print(end);
    }
}
