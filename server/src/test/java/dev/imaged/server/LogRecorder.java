package dev.imaged.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** What a logger, and those below it, say during a test. */
final class LogRecorder implements BeforeEachCallback, AfterEachCallback {
    private final Logger logger;
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private Level before;

    LogRecorder(Class<?> named) {
        this(named.getName());
    }

    LogRecorder(String name) {
        this.logger = (Logger) LoggerFactory.getLogger(name);
        this.events.list = new CopyOnWriteArrayList<>();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        before = logger.getLevel();
        logger.setLevel(Level.INFO);
        events.start();
        logger.addAppender(events);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        logger.detachAppender(events);
        logger.setLevel(before);
    }

    /** Returns the messages of warnings and errors. */
    List<String> warnings() {
        return messages(Level.WARN);
    }

    /** Returns the messages of information, warnings and errors. */
    List<String> messages() {
        return messages(Level.INFO);
    }

    private List<String> messages(Level least) {
        return events.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(least))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }
}
