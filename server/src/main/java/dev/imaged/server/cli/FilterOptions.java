package dev.imaged.server.cli;

import com.google.re2j.Pattern;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.filters.Filter;
import dev.imaged.filters.FilterBuilder;
import dev.imaged.filters.Filters;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The options that select images: filters, and options that quote their values. */
@SuppressWarnings("NullAway.Init") // picocli sets them
final class FilterOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--label",
            paramLabel = "KEY[=VALUE]",
            converter = LabelSelector.Converter.class,
            description = "Only images with this label; given again, with all of them.")
    private List<LabelSelector> labels = new ArrayList<>();

    @Option(
            names = "--name-prefix",
            paramLabel = "PREFIX",
            description = "Only images whose names start with this text.")
    private String namePrefix = "";

    @Option(
            names = "--digest",
            paramLabel = "DIGEST",
            converter = DigestConverter.class,
            description = "Only images that point to this digest.")
    private @Nullable Digest digest;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILTER",
            description = "Images that match at least one, for example 'name~=alpine,labels.env==prod'. Options narrow"
                    + " each of them.")
    private List<String> filters = new ArrayList<>();

    /** A label that an image has to have, with this value unless it is null. */
    private record LabelSelector(String key, @Nullable String value) {
        private static final class Converter implements ITypeConverter<LabelSelector> {
            @Override
            public LabelSelector convert(String text) {
                String[] parts = text.split("=", 2);
                if (parts[0].isEmpty()) {
                    throw new TypeConversionException("'" + Excerpt.of(text) + "' is not KEY or KEY=VALUE");
                }
                return new LabelSelector(parts[0], parts.length == 1 ? null : parts[1]);
            }
        }

        Filter filter() {
            FilterBuilder.Condition label = Filter.where().label(key);
            return (value == null ? label.present() : label.equalTo(value)).build();
        }
    }

    /**
     * Returns the filters; an image has to match at least one of them.
     *
     * @throws ParameterException when one cannot be parsed
     */
    List<String> filters() {
        try {
            List<Filter> given = Filters.parse(filters).alternatives();
            String narrowed = narrowing().map(Filter::toString).collect(Collectors.joining(","));
            if (narrowed.isEmpty()) {
                return filters;
            } else if (given.isEmpty()) {
                return List.of(narrowed);
            }
            return given.stream()
                    .map(filter -> filter.selectors().isEmpty() ? narrowed : filter + "," + narrowed)
                    .toList();
        } catch (InvalidArgument | ResourceExhausted e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }

    /** The conditions of the options, all of which have to hold. */
    private Stream<Filter> narrowing() {
        List<Filter> conditions = new ArrayList<>();
        labels.forEach(label -> conditions.add(label.filter()));
        if (!namePrefix.isEmpty()) {
            String regexp = "^" + Pattern.quote(namePrefix);
            conditions.add(Filter.where().name().matchesRegex(regexp).build());
        }
        if (digest != null) {
            conditions.add(pointsTo(digest));
        }
        return conditions.stream();
    }

    /** Returns the filter for images that point to a digest. */
    static Filter pointsTo(Digest digest) {
        return Filter.where().targetDigest().equalTo(digest.toString()).build();
    }
}
