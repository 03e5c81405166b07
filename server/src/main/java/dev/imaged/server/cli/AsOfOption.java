package dev.imaged.server.cli;

import dev.imaged.images.AsOf;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.time.Rfc3339;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The option that names a moment of the past. */
final class AsOfOption {
    /** As many digits as a revision can have. */
    private static final String REVISION = "[0-9]{1,18}";

    @Option(
            names = "--as-of",
            paramLabel = "REVISION|TIME",
            converter = Converter.class,
            description = "As it was after the commit of this revision, or at this time, such as 2026-01-31T12:00:00Z.")
    private @Nullable AsOf moment;

    /** Reads a revision or a time. */
    static final class Converter implements ITypeConverter<AsOf> {
        @Override
        public AsOf convert(String text) {
            if (text.matches(REVISION)) {
                return AsOf.revision(Long.parseLong(text));
            }
            Instant time = Rfc3339.parse(text);
            if (time == null) {
                throw new TypeConversionException("'" + Excerpt.of(text)
                        + "' is not a revision, such as 812, or a time, such as 2026-01-31T12:00:00Z");
            }
            return AsOf.time(time);
        }
    }

    /** Returns the moment, null for now. */
    @Nullable
    AsOf moment() {
        return moment;
    }
}
