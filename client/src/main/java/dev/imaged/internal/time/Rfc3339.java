package dev.imaged.internal.time;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Times as text (RFC 3339). Java's classes accept other texts, such as times without seconds and years of any length,
 * and refuse fractions of more than nine digits and offsets of more than 18 hours.
 */
public final class Rfc3339 {
    private static final Pattern TIME = Pattern.compile(
            "(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:(?<fraction>[.][0-9]{1,9})[0-9]*+)?"
                    + "(?:[Zz]|(?<sign>[+-])(?<hours>[01][0-9]|2[0-3]):(?<minutes>[0-5][0-9]))");

    private static final int SECONDS_OF_MINUTE = 60;
    private static final int SECONDS_OF_HOUR = 3600;

    private Rfc3339() {}

    /**
     * Returns a time, cut off after the nanoseconds; null when the text is not a time. A leap second does not count as
     * a time, as in Go.
     */
    public static @Nullable Instant parse(String text) {
        Matcher time = TIME.matcher(text);
        try {
            return time.matches() ? instant(time) : null;
        } catch (DateTimeException e) { // well-formed, but there is no such day or hour
            return null;
        }
    }

    private static Instant instant(Matcher time) {
        String fraction = Objects.requireNonNullElse(time.group("fraction"), "");
        LocalDateTime local = LocalDateTime.parse(time.group("date") + "T" + time.group("time") + fraction);
        return local.toInstant(ZoneOffset.UTC).minusSeconds(offset(time));
    }

    /** Returns by how many seconds the time is ahead of UTC. */
    private static int offset(Matcher time) {
        String sign = time.group("sign");
        if (sign == null) {
            return 0;
        }
        int seconds = Integer.parseInt(time.group("hours")) * SECONDS_OF_HOUR
                + Integer.parseInt(time.group("minutes")) * SECONDS_OF_MINUTE;
        return sign.equals("-") ? -seconds : seconds;
    }
}
