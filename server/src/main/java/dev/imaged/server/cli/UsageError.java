package dev.imaged.server.cli;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Words what is wrong with a command line, and what was probably meant. */
final class UsageError {
    /** With fewer letters, the start of a candidate is not suggested: it would be a guess. */
    private static final int MIN_PREFIX = 2;

    private UsageError() {}

    /** Returns the message, and the command that shows the help. */
    static String message(ParameterException error) {
        CommandSpec command = error.getCommandLine().getCommandSpec();
        // When a required option is mistyped, picocli says only that it is missing.
        boolean saysMissing = error instanceof MissingParameterException;
        List<String> unmatched = saysMissing || error instanceof UnmatchedArgumentException
                ? error.getCommandLine().getUnmatchedArguments()
                : List.of();
        String problem =
                unmatched.isEmpty() ? String.valueOf(error.getMessage()) : unmatched(unmatched.get(0), command);
        return problem + " (see " + command.qualifiedName() + " --help)";
    }

    private static String unmatched(String argument, CommandSpec command) {
        if (argument.startsWith("-")) {
            String option = argument.split("=", 2)[0];
            return "Unknown option: '" + argument + "'" + suggestion(option, options(command));
        } else if (!command.subcommands().isEmpty()) {
            return "Unknown command: '" + argument + "'" + suggestion(argument, commands(command));
        }
        return "Unexpected argument: '" + argument + "'";
    }

    private static List<String> options(CommandSpec command) {
        return command.options().stream()
                .filter(option -> !option.hidden())
                .map(OptionSpec::longestName)
                .toList();
    }

    private static List<String> commands(CommandSpec command) {
        return command.subcommands().entrySet().stream()
                .filter(entry -> !isHidden(entry.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean isHidden(CommandLine command) {
        return command.getCommandSpec().usageMessage().hidden();
    }

    private static String suggestion(String given, Collection<String> candidates) {
        return closest(given, candidates)
                .map(candidate -> "; did you mean " + candidate + "?")
                .orElse("");
    }

    /** Returns the candidate that differs by few letters, or the only one that starts like this. */
    static Optional<String> closest(String given, Collection<String> candidates) {
        int allowed = Math.max(1, given.replaceFirst("^-+", "").length() / 3);
        String best = null;
        int least = allowed + 1;
        for (String candidate : candidates) {
            int distance = Math.abs(candidate.length() - given.length()) < least ? distance(given, candidate) : least;
            if (distance < least) {
                best = candidate;
                least = distance;
            }
        }
        return best == null ? onlyOneWithPrefix(given, candidates) : Optional.of(best);
    }

    private static Optional<String> onlyOneWithPrefix(String given, Collection<String> candidates) {
        List<String> matches = candidates.stream()
                .filter(candidate ->
                        given.replaceFirst("^-+", "").length() >= MIN_PREFIX && candidate.startsWith(given))
                .toList();
        return matches.size() == 1 ? Optional.of(matches.get(0)) : Optional.empty();
    }

    /** How many letters have to be inserted, deleted, replaced, or swapped with their neighbour. */
    private static int distance(String from, String to) {
        int[][] table = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                table[i][j] = Math.min(i, j) == 0 ? Math.max(i, j) : distance(from, to, i, j, table);
            }
        }
        return table[from.length()][to.length()];
    }

    private static int distance(String from, String to, int i, int j, int[][] table) {
        int replaced = table[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replaced, Math.min(table[i - 1][j], table[i][j - 1]) + 1);
        boolean swapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(least, table[i - 2][j - 2] + 1) : least;
    }
}
