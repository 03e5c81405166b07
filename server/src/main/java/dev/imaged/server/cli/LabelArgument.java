package dev.imaged.server.cli;

import dev.imaged.images.UpdateMask;
import dev.imaged.internal.text.Excerpt;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A label as an argument, {@code KEY=VALUE}; split at the first {@code =}.
 *
 * @param key the key, not empty
 * @param value the value; an empty one removes the label
 */
record LabelArgument(String key, String value) {
    static final class Converter implements ITypeConverter<LabelArgument> {
        @Override
        public LabelArgument convert(String text) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new TypeConversionException("'" + Excerpt.of(text) + "' is not KEY=VALUE");
            }
            return new LabelArgument(text.substring(0, equals), text.substring(equals + 1));
        }
    }

    /** Returns the labels by key; the last label of a key counts. */
    static Map<String, String> toMap(List<LabelArgument> arguments) {
        Map<String, String> labels = new TreeMap<>();
        arguments.forEach(argument -> labels.put(argument.key(), argument.value()));
        return labels;
    }

    /** Returns the mask that sets or removes each of the labels and nothing else. */
    static UpdateMask toMask(List<LabelArgument> arguments) {
        return new UpdateMask(arguments.stream()
                .flatMap(argument -> UpdateMask.label(argument.key()).paths().stream())
                .toList());
    }
}
