package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Platform;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a platform as {@link Platform#parse} does. */
final class PlatformConverter implements ITypeConverter<Platform> {
    @Override
    public Platform convert(String text) {
        try {
            return Platform.parse(text);
        } catch (InvalidArgument e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }
}
