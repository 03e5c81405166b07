package dev.imaged.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;
import net.logstash.logback.encoder.LogstashEncoder;
import net.logstash.logback.fieldnames.LogstashCommonFieldNames;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * The log of the program: one line for each event, to standard error, as text or as JSON in the fields of Logstash. With JSON, printed
 * lines become events, too, on the stream that they are printed to.
 */
final class Logging {
    /** The format of log lines. */
    enum Format {
        text,
        json
    }

    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSX,UTC} %-5level %logger{20} - %msg%n%ex{short}";

    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    /** Libraries whose messages above debug are of no use to an operator, or can be caused by any client. */
    private static final List<String> CHATTY = List.of("io.grpc", "jetbrains.exodus");

    private static final String STANDARD_OUTPUT = "imaged";

    private Logging() {}

    /** Whether the arguments of the program, or the variable, ask for a log in JSON. Wrong arguments are ignored here. */
    static boolean isJson(String[] arguments) {
        FormatOption option = new FormatOption();
        try {
            new CommandLine(option)
                    .setUnmatchedArgumentsAllowed(true)
                    .setUnmatchedOptionsArePositionalParams(true)
                    .setExpandAtFiles(false)
                    .parseArgs(arguments);
        } catch (ParameterException e) {
            return false;
        }
        return List.of(arguments).contains("serve") && option.format.equals(Format.json.name());
    }

    @Command
    private static final class FormatOption {
        @Option(names = "--log-format", defaultValue = "${env:IMAGED_LOG_FORMAT:-text}")
        private String format = "";
    }

    /** Logs as JSON, and so does the output of a command. */
    static void json(CommandLine command) {
        configure(Format.json, "info");
        Consumer<String> out = LoggerFactory.getLogger(STANDARD_OUTPUT)::info;
        Consumer<String> err = LoggerFactory.getLogger(Main.class)::error;
        command.setOut(new PrintWriter(new LogWriter(out))).setErr(new PrintWriter(new LogWriter(err)));
    }

    /** Lets only warnings through, for commands whose output is their result. */
    static void quiet() {
        configure(Format.text, "warn");
    }

    /** @throws InvalidArgument when there is no such level */
    static void configure(Format format, String level) {
        if (!LEVELS.contains(level)) {
            throw new InvalidArgument("--log-level must be one of " + LEVELS + ", not " + level);
        }
        Thread.setDefaultUncaughtExceptionHandler((thread, error) ->
                LoggerFactory.getLogger(Logging.class).error("thread {} ended", thread.getName(), error));
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(level));
        root.addAppender(appender("System.err", format, context));
        if (format == Format.json) {
            Logger printed = context.getLogger(STANDARD_OUTPUT);
            printed.setLevel(Level.INFO);
            printed.setAdditive(false);
            printed.addAppender(appender("System.out", format, context));
        }
        boolean verbose = root.getLevel().levelInt < Level.INFO_INT;
        CHATTY.forEach(name -> context.getLogger(name).setLevel(verbose ? null : Level.ERROR));
    }

    private static ConsoleAppender<ILoggingEvent> appender(String stream, Format format, LoggerContext context) {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget(stream);
        appender.setEncoder(encoder(format, context));
        appender.start();
        return appender;
    }

    private static Encoder<ILoggingEvent> encoder(Format format, LoggerContext context) {
        if (format == Format.json) {
            LogstashEncoder json = new LogstashEncoder();
            json.setContext(context);
            json.setTimeZone("UTC");
            json.getFieldNames().setVersion(LogstashCommonFieldNames.IGNORE_FIELD_INDICATOR);
            json.getFieldNames().setLevelValue(LogstashCommonFieldNames.IGNORE_FIELD_INDICATOR);
            json.start();
            return json;
        }
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setContext(context);
        text.setPattern(PATTERN);
        text.start();
        return text;
    }
}
