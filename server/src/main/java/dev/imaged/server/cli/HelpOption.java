package dev.imaged.server.cli;

import picocli.CommandLine.Option;

/** The option that every command has. */
public final class HelpOption {
    /** The heading of the examples, with which a command's help ends. */
    public static final String EXAMPLES = "%nExamples:%n";

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;
}
