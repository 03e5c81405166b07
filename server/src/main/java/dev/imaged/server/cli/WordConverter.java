package dev.imaged.server.cli;

import dev.imaged.internal.text.Excerpt;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads one of a few words, each the text of a constant. */
public abstract class WordConverter<E extends Enum<E>> implements ITypeConverter<E> {
    private final List<E> words;

    /** @param words the constants, in the order in which a message names them */
    protected WordConverter(List<E> words) {
        this.words = words;
    }

    @Override
    public final E convert(String text) {
        for (E word : words) {
            if (word.toString().equals(text)) {
                return word;
            }
        }
        throw new TypeConversionException("'" + Excerpt.of(text) + "' is not one of "
                + words.stream().map(E::toString).collect(Collectors.joining(", ")));
    }
}
