package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Digest;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a digest as {@link Digest#parse} does. */
final class DigestConverter implements ITypeConverter<Digest> {
    @Override
    public Digest convert(String text) {
        try {
            return Digest.parse(text);
        } catch (InvalidArgument e) {
            throw new TypeConversionException(
                    e.getMessage() + "; write sha256: and 64 digits of lower-case hex, or sha512: and 128");
        }
    }
}
