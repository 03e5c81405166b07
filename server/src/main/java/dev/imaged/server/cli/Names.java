package dev.imaged.server.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Command;

/** How names are printed without anything else: as they are for a program, and harmless on a terminal. */
@Command // without options; so it can be mixed in, and tests give their own
class Names {
    /** Whether a person reads them; tests override it. */
    boolean isTerminal() {
        return Terminal.isOutput();
    }

    /**
     * Prints a name.
     *
     * @param end what follows it
     */
    final void print(PrintWriter out, String name, char end) {
        out.print(isTerminal() ? Printable.escape(name) : name);
        out.print(end);
    }
}
