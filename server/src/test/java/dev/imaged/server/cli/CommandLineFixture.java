package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.server.ClosingStores;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Runs the commands over stores that a test has at hand. */
final class CommandLineFixture {
    private final ImageStores stores;
    private final boolean terminal;
    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    CommandLineFixture(ImageStores stores) {
        this(stores, false);
    }

    /** @param terminal whether what is printed goes to a terminal */
    CommandLineFixture(ImageStores stores, boolean terminal) {
        this.stores = stores;
        this.terminal = terminal;
    }

    /** The top command, in place of the real one. */
    @Command(
            name = "imaged",
            subcommands = {ImportCommand.class, ImagesCommand.class, InspectCommand.class})
    private static final class Top {}

    private final class FixedConnection extends ConnectOptions {
        @Override
        protected ImageStores open() {
            return ClosingStores.keeping(stores); // which outlive the command
        }
    }

    @Command
    private final class FixedNames extends Names {
        @Override
        boolean isTerminal() {
            return terminal;
        }
    }

    private final class Factory implements CommandLine.IFactory {
        @Override
        public <K> K create(Class<K> type) throws Exception {
            if (type == ConnectOptions.class) {
                return type.cast(new FixedConnection());
            } else if (type == Names.class) {
                return type.cast(new FixedNames());
            }
            return CommandLine.defaultFactory().create(type);
        }
    }

    /** Runs a command and returns its exit code. */
    int run(String... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        return ExceptionHandler.install(new CommandLine(new Top(), new Factory()))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    /** Runs a command that has to succeed and returns what it printed. */
    String stdout(String... arguments) {
        assertEquals(0, run(arguments), err::toString);
        return out.toString();
    }

    /** Runs a command that has to fail with an exit code and returns what it printed on stderr. */
    String stderr(int exitCode, String... arguments) {
        assertEquals(exitCode, run(arguments), () -> out + "" + err);
        return err.toString();
    }

    /** Returns what the last command printed on stderr. */
    String err() {
        return err.toString();
    }

    /** Returns what the last command printed. */
    String out() {
        return out.toString();
    }

    ImageStore images(String namespace) {
        return stores.namespace(namespace);
    }
}
