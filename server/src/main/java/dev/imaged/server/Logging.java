package dev.imaged.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.List;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** How the daemon logs: one line an event, to standard error, as text or as JSON. */
final class Logging {
    /** How a log line looks. */
    enum Format {
        text,
        json
    }

    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSX,UTC} %-5level %logger{20} - %msg%n%ex{short}";

    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    /** Libraries that report, above debug, what is of no use to an operator or what any client can cause. */
    private static final List<String> CHATTY = List.of("io.grpc", "jetbrains.exodus");

    private Logging() {}

    /** Lets only warnings through, for commands whose output is their result. */
    static void quiet() {
        configure(Format.text, "warn");
    }

    /** @throws InvalidArgument when the level is none */
    static void configure(Format format, String level) {
        if (!LEVELS.contains(level)) {
            throw new InvalidArgument("--log-level must be one of " + LEVELS + ", not " + level);
        }
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder(format, context));
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.toLevel(level));
        root.addAppender(appender);
        boolean verbose = root.getLevel().levelInt < Level.INFO_INT;
        CHATTY.forEach(name -> context.getLogger(name).setLevel(verbose ? null : Level.ERROR));
    }

    private static Encoder<ILoggingEvent> encoder(Format format, LoggerContext context) {
        if (format == Format.json) {
            JsonEncoder json = new JsonEncoder();
            json.setContext(context);
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
