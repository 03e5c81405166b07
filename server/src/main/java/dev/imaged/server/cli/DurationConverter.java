package dev.imaged.server.cli;

import dev.imaged.internal.text.Excerpt;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration as people write it: a whole number and {@code ms}, {@code s}, {@code m}, {@code h} or {@code d}. */
public final class DurationConverter implements ITypeConverter<Duration> {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,12})(ms|s|m|h|d)");

    /** A hundred years: much longer times do not fit into the nanoseconds of a deadline. */
    private static final Duration MAX = Duration.ofDays(36_500);

    @Override
    public Duration convert(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw refused(text, "is not a duration: write a whole number and ms, s, m, h or d, such as 500ms, 30s, 7d");
        }
        long count = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
        if (duration.isZero() || duration.compareTo(MAX) > 0) {
            throw refused(text, "has to be more than 0 and at most " + MAX.toDays() + "d");
        }
        return duration;
    }

    private static TypeConversionException refused(String text, String rule) {
        return new TypeConversionException("'" + Excerpt.of(text) + "' " + rule);
    }
}
