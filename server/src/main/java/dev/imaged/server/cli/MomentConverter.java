package dev.imaged.server.cli;

import dev.imaged.images.AsOf;
import dev.imaged.internal.text.Excerpt;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a moment of the past: a revision, or a time as RFC 3339 has it. */
final class MomentConverter implements ITypeConverter<AsOf> {
    @Override
    public AsOf convert(String text) {
        try {
            return text.matches("[0-9]+")
                    ? AsOf.revision(Long.parseLong(text))
                    : AsOf.time(OffsetDateTime.parse(text).toInstant());
        } catch (NumberFormatException | DateTimeException e) {
            throw new TypeConversionException("'" + Excerpt.of(text)
                    + "' is neither a revision nor a time: write a number, or a time such as 2026-11-28T12:00:00Z");
        }
    }
}
