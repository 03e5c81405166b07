package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.imaged.server.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What holds for all commands and all of their options, also for those that are still to come. */
class CommandsTest {
    /** Options that take any text, or are looked at once the command runs. */
    private static final Set<String> ANY_TEXT = Set.of(
            "--address",
            "--from",
            "--listen",
            "--data",
            "--name-prefix",
            "--base-name",
            "--media-type",
            "--reason",
            "--tls-cert",
            "--tls-key",
            "--tls-server-name",
            "--etcd",
            "--etcd-password-file",
            "--etcd-prefix",
            "--etcd-user",
            "--etcd-ca",
            "--etcd-cert",
            "--etcd-key",
            "--log-level");

    /** What a program says to those who wrote it. */
    private static final Pattern INTERNALS =
            Pattern.compile("Exception|\\bclass |\\bjava[.]|picocli|dev[.]imaged|\tat ");

    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    /** One run of the command line. */
    private record Run(int code, String out, String err) {
        static Run of(List<String> arguments) {
            StringWriter out = new StringWriter();
            StringWriter err = new StringWriter();
            int code = Main.commandLine()
                    .setOut(new PrintWriter(out))
                    .setErr(new PrintWriter(err))
                    .execute(arguments.toArray(String[]::new));
            return new Run(code, out.toString(), err.toString());
        }

        /** The command line was wrong: code 2, one line on stderr in words for its user, nothing on stdout. */
        void requireWrong(String mentioned) {
            assertEquals(2, code, err);
            assertEquals("", out);
            assertEquals(1, err.lines().count(), err);
            assertTrue(err.startsWith("imaged: "), err);
            assertTrue(err.contains(mentioned), err);
            assertFalse(INTERNALS.matcher(err).find(), err);
        }
    }

    private static Stream<CommandSpec> commands() {
        return commands(Main.commandLine());
    }

    private static Stream<CommandSpec> commands(CommandLine command) {
        Stream<CommandSpec> subcommands = command.getSubcommands().values().stream()
                .filter(subcommand ->
                        !subcommand.getCommandSpec().usageMessage().hidden())
                .flatMap(CommandsTest::commands);
        return Stream.concat(Stream.of(command.getCommandSpec()), subcommands);
    }

    /** Returns the words of a command behind the program's name, and more behind them. */
    private static List<String> words(CommandSpec command, String... more) {
        List<String> words = new ArrayList<>(List.of(command.qualifiedName().split(" ")));
        words.remove(0);
        words.addAll(List.of(more));
        return words;
    }

    private static Stream<OptionSpec> optionsWithValue() {
        return commands()
                .flatMap(command -> command.options().stream())
                .filter(option -> option.arity().min() > 0);
    }

    private static Stream<DynamicTest> each(Stream<OptionSpec> options, Consumer<OptionSpec> test) {
        return options.map(option ->
                dynamicTest(option.command().qualifiedName() + " " + option.longestName(), () -> test.accept(option)));
    }

    @TestFactory
    Stream<DynamicTest> everyCommandIsDescribed() {
        return commands()
                .map(command -> dynamicTest(command.qualifiedName(), () -> {
                    assertTrue(command.usageMessage().description().length > 0);
                    command.options()
                            .forEach(option -> assertTrue(option.description().length > 0, option.longestName()));
                    command.positionalParameters()
                            .forEach(parameter ->
                                    assertTrue(parameter.description().length > 0, parameter.paramLabel()));
                }));
    }

    @TestFactory
    Stream<DynamicTest> everyHelpHasExamplesThatTheCommandLineTakes() {
        return commands()
                .map(command -> dynamicTest(command.qualifiedName(), () -> {
                    Run help = Run.of(words(command, "--help"));
                    assertEquals(0, help.code(), help.err());
                    String[] parts = help.out().split("\nExamples:\n", -1);
                    assertEquals(2, parts.length, help.out());
                    List<String> examples = parts[1].replace("\\\n", "")
                            .strip()
                            .lines()
                            .map(String::strip)
                            .toList();
                    assertTrue(
                            examples.stream().anyMatch(example -> example.contains(command.qualifiedName())),
                            help.out());
                    examples.forEach(example -> parse(example));
                }));
    }

    /** Reads what an example runs: up to a pipe, and behind {@code <(}. */
    private static void parse(String example) {
        String run = example.replaceFirst("^source <\\((.*)\\)$", "$1").split(" [|>] ", 2)[0];
        List<String> words = new ArrayList<>();
        for (Matcher word = WORD.matcher(run); word.find(); ) {
            words.add(word.group(1) == null ? word.group(2) : word.group(1));
        }
        assertEquals("imaged", words.remove(0), example);
        Main.commandLine().parseArgs(words.toArray(String[]::new));
    }

    @TestFactory
    Stream<DynamicTest> anOptionThatThereIsNotIsWrong() {
        return commands()
                .map(command -> dynamicTest(
                        command.qualifiedName(),
                        () -> Run.of(words(command, "--no-such-option"))
                                .requireWrong("Unknown option: '--no-such-option' (see " + command.qualifiedName()
                                        + " --help)")));
    }

    @TestFactory
    Stream<DynamicTest> aTypoOfAnOptionGetsTheOption() {
        return commands()
                .map(command -> dynamicTest(
                        command.qualifiedName(),
                        () -> command.options().stream()
                                .map(OptionSpec::longestName)
                                .filter(name -> name.length() > 5)
                                .forEach(name -> Run.of(words(command, name.substring(0, name.length() - 1) + "_"))
                                        .requireWrong("; did you mean " + name + "?"))));
    }

    @TestFactory
    Stream<DynamicTest> aTypoOfACommandGetsTheCommand() {
        return commands()
                .filter(command -> command.parent() != null)
                .map(command -> dynamicTest(
                        command.qualifiedName(),
                        () -> Run.of(words(command.parent(), command.name() + "_"))
                                .requireWrong("; did you mean " + command.name() + "?")));
    }

    @TestFactory
    Stream<DynamicTest> anOptionWithoutItsValueIsWrong() {
        return each(
                optionsWithValue(),
                option -> Run.of(words(option.command(), option.longestName())).requireWrong(option.longestName()));
    }

    @TestFactory
    Stream<DynamicTest> aValueOfAnotherTypeIsWrong() {
        return each(
                optionsWithValue().filter(option -> !ANY_TEXT.contains(option.longestName())),
                option -> Run.of(words(option.command(), option.longestName(), isPath(option) ? "" : "=?"))
                        .requireWrong("Invalid value for option '" + option.longestName() + "'"));
    }

    private static boolean isPath(OptionSpec option) {
        return option.type() == Path.class || option.longestName().equals("--content");
    }

    @TestFactory
    Stream<DynamicTest> aMissingArgumentIsWrong() {
        return commands()
                .filter(command -> !command.requiredArgs().isEmpty())
                .map(command -> dynamicTest(
                        command.qualifiedName(), () -> Run.of(words(command)).requireWrong("Missing required ")));
    }

    @TestFactory
    Stream<DynamicTest> anAddressThatCannotBeUsedIsWrong() {
        return Stream.of(
                        List.of("--address", "health", "--address", "=?"),
                        List.of("--address", "stats", "--address", "=?"),
                        List.of("--address", "images", "ls", "--address", "=?"),
                        List.of("--from", "import", "--from", "=?"),
                        List.of("--listen", "serve", "--listen", "=?"),
                        List.of("--etcd", "serve", "--etcd", "=?"),
                        List.of("0.0.0.0:0", "serve", "--listen", "0.0.0.0:0"),
                        List.of("--tls-key", "serve", "--listen", "127.0.0.1:0", "--tls-cert", "a.pem"))
                .map(arguments -> dynamicTest(
                        arguments.toString(),
                        () -> Run.of(arguments.subList(1, arguments.size())).requireWrong(arguments.get(0))));
    }

    @TestFactory
    Stream<DynamicTest> whatIsOutOfRangeIsWrong() {
        return Stream.of(
                        List.of("serve", "--cache-mib", "0"),
                        List.of("serve", "--keep-changes", "-1"),
                        List.of("serve", "--max-streams", "99999999999"),
                        List.of("serve", "--max-list-time", "0s"),
                        List.of("serve", "--keep-changes-for", "999999d"),
                        List.of("serve", "--log-level", "loud"),
                        List.of("health", "--timeout", "999999999999h"))
                .map(arguments -> dynamicTest(
                        arguments.toString(), () -> Run.of(arguments).requireWrong(arguments.get(1))));
    }

    @Test
    void withoutACommandTheHelpIsPrinted() {
        for (List<String> arguments : List.of(List.<String>of(), List.of("images"), List.of("namespaces"))) {
            Run run = Run.of(arguments);
            assertEquals(0, run.code(), run.err());
            List<String> help = new ArrayList<>(arguments);
            help.add("--help");
            assertEquals(Run.of(help).out(), run.out());
        }
    }
}
