package dev.imaged.server.cli;

import dev.imaged.internal.text.Excerpt;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a whole number in decimal digits. */
final class WholeNumber {
    private WholeNumber() {}

    /** Makes a command and its subcommands read numbers this way. */
    static void register(CommandLine command) {
        ITypeConverter<Integer> ints = WholeNumber::toInt;
        ITypeConverter<Long> longs = WholeNumber::toLong;
        command.registerConverter(int.class, ints);
        command.registerConverter(Integer.class, ints);
        command.registerConverter(long.class, longs);
        command.registerConverter(Long.class, longs);
    }

    private static Long toLong(String text) {
        return parse(text, Long.MAX_VALUE);
    }

    private static Integer toInt(String text) {
        return (int) parse(text, Integer.MAX_VALUE);
    }

    private static long parse(String text, long max) {
        try {
            long number = Long.parseLong(text);
            if (Math.abs(number) <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new TypeConversionException("'" + Excerpt.of(text) + "' is not a whole number of at most " + max);
    }
}
