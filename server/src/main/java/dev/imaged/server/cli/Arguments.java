package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The arguments of a command as they were given. The JVM decodes them with the character set of the locale, and replaces characters
 * that it does not have. Without a locale, as in many containers, {@code é} would become {@code ??}, which is another name.
 */
public final class Arguments {
    /** The character set in which the JVM decodes arguments. */
    public static final Charset LOCALE = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    /**
     * Returns the arguments. If the JVM lost characters, they are read again from the system, as UTF-8. If the system does not offer
     * them (Linux does), they are returned as they are.
     *
     * @throws InvalidArgument when the JVM lost characters of an argument that is not UTF-8
     */
    public static String[] restore(String[] arguments) {
        try {
            return restore(arguments, Files.readAllBytes(COMMAND_LINE), LOCALE);
        } catch (IOException e) {
            return arguments;
        }
    }

    /** @param commandLine the bytes of the whole command line, with a zero behind each part; the arguments are its end */
    static String[] restore(String[] arguments, byte[] commandLine, Charset locale) {
        List<byte[]> parts = split(commandLine);
        if (parts.size() < arguments.length) {
            return arguments;
        }
        List<byte[]> given = parts.subList(parts.size() - arguments.length, parts.size());
        String[] restored = arguments.clone();
        for (int i = 0; i < arguments.length; i++) {
            if (!Arrays.equals(arguments[i].getBytes(locale), given.get(i))) {
                restored[i] = decode(i + 1, arguments[i], given.get(i));
            }
        }
        return restored;
    }

    private static List<byte[]> split(byte[] commandLine) {
        List<byte[]> parts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < commandLine.length; i++) {
            if (commandLine[i] == 0) {
                parts.add(Arrays.copyOfRange(commandLine, start, i));
                start = i + 1;
            }
        }
        return parts;
    }

    private static String decode(int number, String argument, byte[] given) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(given))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidArgument(
                    "argument " + number + " " + Excerpt.quote(argument)
                            + " is neither UTF-8 nor in the character set of the locale",
                    e);
        }
    }
}
