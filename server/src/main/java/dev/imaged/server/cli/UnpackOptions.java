package dev.imaged.server.cli;

import dev.imaged.content.ContentProvider;
import dev.imaged.content.ImageArchive;
import dev.imaged.content.LocalContent;
import dev.imaged.content.UnpackLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that bound how much an archive may unpack to, and where. */
@SuppressWarnings("NullAway.Init") // picocli sets the command
final class UnpackOptions {
    /** The name in messages of an archive from standard input. */
    static final String STDIN = "standard input";

    private static final long MIB = 1024 * 1024;

    /** The most MiB whose bytes fit in 64 bits. */
    private static final long MAX_MIB = Long.MAX_VALUE / MIB;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--max-unpacked-mib",
            paramLabel = "MIB",
            defaultValue = "65536",
            description =
                    "How much an archive that is compressed or comes from standard input may unpack to, in MiB, and"
                            + " the sparse files of any archive (default: ${DEFAULT-VALUE}).")
    private long maxMib;

    @Option(
            names = "--max-unpack-ratio",
            paramLabel = "TIMES",
            defaultValue = "200",
            description =
                    "How many times its own size an archive may unpack to, from 16 MiB on (default: ${DEFAULT-VALUE}).")
    private long maxRatio;

    @Option(
            names = "--temp-dir",
            paramLabel = "FOLDER",
            defaultValue = "${sys:java.io.tmpdir}",
            description = "Where an archive is unpacked to, into a file that has no name and is gone with the command"
                    + " (default: ${DEFAULT-VALUE}).")
    private Path folder;

    /** Opens content in a folder or an archive. */
    ContentProvider content(Path path) throws IOException {
        return LocalContent.open(path, limits());
    }

    /** Opens an archive that names its images. */
    ImageArchive archive(Path path) throws IOException {
        return LocalContent.archive(path, limits());
    }

    /** Opens an archive that comes from standard input. */
    ImageArchive archive(InputStream stdin) throws IOException {
        return LocalContent.archive(STDIN, stdin, limits());
    }

    private UnpackLimits limits() {
        requireBetween("--max-unpacked-mib", maxMib, MAX_MIB);
        requireBetween("--max-unpack-ratio", maxRatio, Long.MAX_VALUE);
        return new UnpackLimits(
                folder, maxMib * MIB, maxRatio, "--max-unpacked-mib, --max-unpack-ratio and --temp-dir set the limits");
    }

    private void requireBetween(String option, long value, long max) {
        if (value < 1 || value > max) {
            throw new ParameterException(
                    command.commandLine(), option + ": " + value + " must be a number from 1 to " + max);
        }
    }
}
