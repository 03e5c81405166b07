package dev.imaged.server.cli;

import dev.imaged.images.RequestOptions;
import picocli.CommandLine.Option;

/** The options of a command that changes several images at once. */
final class RequestArguments {
    @Option(names = "--dry-run", description = "Show what would change, and change nothing.")
    private boolean dryRun;

    @Option(names = "--reason", paramLabel = "TEXT", description = "What the log says about the change.")
    private String reason = "";

    /** Returns the options of a request, with what its file says besides. */
    RequestOptions options(RequestOptions inFile) {
        RequestOptions options = reason.isEmpty() ? inFile : inFile.withReason(reason);
        return dryRun ? options.validating() : options;
    }

    /** Returns the options of a request. */
    RequestOptions options() {
        return options(RequestOptions.DEFAULT);
    }
}
