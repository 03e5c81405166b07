package dev.imaged.internal.wire;

import io.grpc.Metadata;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The hints in the trailers of an answer, on both ends: one value of {@code imaged-hint} for each hint, percent-encoded
 * as {@code grpc-message} is (gRPC over HTTP/2, "Responses"). There are at most {@value #MAX_HINTS} of {@value
 * #MAX_LENGTH} characters each: a client accepts 8 KiB of trailers, and the message may take half of these.
 */
public final class HintTrailer {
    static final Metadata.Key<String> KEY = Metadata.Key.of("imaged-hint", Metadata.ASCII_STRING_MARSHALLER);

    static final int MAX_HINTS = 5;

    /** Encoded. */
    static final int MAX_LENGTH = 300;

    private static final String CUT = "...";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private HintTrailer() {}

    /** Returns trailers with these hints, as far as they fit. */
    public static Metadata write(List<String> hints) {
        Metadata trailers = new Metadata();
        for (int i = 0; i < Math.min(hints.size(), MAX_HINTS); i++) {
            trailers.put(KEY, encode(hints.get(i)));
        }
        return trailers;
    }

    /** Returns the hints in trailers; an empty list when there are none. */
    public static List<String> read(Metadata trailers) {
        Iterable<String> values = trailers.getAll(KEY);
        if (values == null) {
            return List.of();
        }
        List<String> hints = new ArrayList<>();
        values.forEach(value -> hints.add(decode(value)));
        return List.copyOf(hints);
    }

    private static String encode(String hint) {
        StringBuilder encoded = new StringBuilder();
        int kept = 0; // the length that leaves room for the mark of a cut
        int point;
        for (int i = 0; i < hint.length() && encoded.length() <= MAX_LENGTH; i += Character.charCount(point)) {
            point = hint.codePointAt(i);
            append(encoded, point);
            kept = encoded.length() <= MAX_LENGTH - CUT.length() ? encoded.length() : kept;
        }
        return encoded.length() <= MAX_LENGTH ? encoded.toString() : encoded.substring(0, kept) + CUT;
    }

    private static void append(StringBuilder encoded, int point) {
        if (point >= ' ' && point < 0x7F && point != '%') {
            encoded.append((char) point);
            return;
        }
        for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
            encoded.append('%').append(HEX.toHexDigits(b));
        }
    }

    /** Text that is not well encoded stays as it is. */
    private static String decode(String value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean escaped = c == '%' && i + 2 < value.length() && isHex(value, i + 1);
            if (escaped) {
                bytes.write(HexFormat.fromHexDigits(value, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static boolean isHex(String value, int at) {
        return HexFormat.isHexDigit(value.charAt(at)) && HexFormat.isHexDigit(value.charAt(at + 1));
    }
}
