package dev.imaged.server.cli;

import dev.imaged.errors.ImageException;
import dev.imaged.images.ImageValidator;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a namespace as {@link ImageValidator} allows it. */
final class NamespaceConverter implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
        try {
            ImageValidator.requireNamespace(text);
            return text;
        } catch (ImageException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }
}
