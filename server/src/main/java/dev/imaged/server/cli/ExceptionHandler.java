package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.internal.text.Excerpt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Reports an error in one line on stderr, {@code imaged: MESSAGE}, and exits with 1 when the operation failed or 2
 * when the command line was wrong.
 */
public final class ExceptionHandler implements IExecutionExceptionHandler, IParameterExceptionHandler {
    private ExceptionHandler() {}

    /** Makes a command and its subcommands report errors this way; returns the command. */
    public static CommandLine install(CommandLine command) {
        ExceptionHandler handler = new ExceptionHandler();
        WholeNumber.register(command);
        return command.registerConverter(Path.class, new PathConverter())
                .setExecutionExceptionHandler(handler)
                .setParameterExceptionHandler(handler)
                // An argument that starts with @ is a name or a label, not a file of arguments.
                .setExpandAtFiles(false);
    }

    @Override
    public int handleParseException(ParameterException error, String[] arguments) {
        CommandLine command = error.getCommandLine();
        print(command, UsageError.message(error));
        printHints(command, error.getCause());
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    @Override
    public int handleExecutionException(Exception error, CommandLine command, ParseResult arguments) {
        print(command, message(error));
        printHints(command, error);
        return command.getCommandSpec().exitCodeOnExecutionException();
    }

    /** Reports an error of a command that goes on. The middle of a long message, which repeats an argument, is left out. */
    public static void print(CommandLine command, String message) {
        command.getErr().println("imaged: " + Printable.escape(Excerpt.ofMessage(message)));
        command.getErr().flush();
    }

    private static void printHints(CommandLine command, @Nullable Throwable error) {
        if (error instanceof ImageException known) {
            printHints(command, known.hints());
        }
    }

    /** Prints each hint in a line on stderr. Thread-safe. */
    static void printHints(CommandLine command, List<String> hints) {
        hints.forEach(hint -> command.getErr().println("hint: " + Printable.escape(Excerpt.ofMessage(hint))));
        command.getErr().flush();
    }

    /** Returns the message of an error, in words for a user of the program. */
    static String message(Exception error) {
        if (error instanceof ImageException) {
            return String.valueOf(error.getMessage());
        } else if (error instanceof NoSuchFileException e) {
            return e.getFile() + ": no such file or folder";
        } else if (error instanceof AccessDeniedException e) {
            return e.getFile() + ": access denied";
        } else if (error instanceof InvalidPathException e) {
            return Excerpt.quote(e.getInput()) + " is not a path: " + e.getReason()
                    + "; in a locale without such characters, set LC_ALL=C.UTF-8";
        } else if (error instanceof UncheckedIOException e) {
            return e.getMessage() + ": " + message(Objects.requireNonNull(e.getCause()));
        } else if (error instanceof IOException) {
            return String.valueOf(error.getMessage());
        }
        return "internal error: " + error;
    }
}
