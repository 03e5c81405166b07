package dev.imaged.server.store.record;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The input of a fuzzer as fields, which a byte separates that no UTF-8 has. */
final class FuzzedFields {
    private static final byte SEPARATOR = (byte) 0xFF;

    private final List<byte[]> fields = new ArrayList<>();

    FuzzedFields(byte[] input) {
        int start = 0;
        for (int i = 0; i <= input.length; i++) {
            if (i == input.length || input[i] == SEPARATOR) {
                fields.add(Arrays.copyOfRange(input, start, i));
                start = i + 1;
            }
        }
    }

    /** Returns a field, an empty one behind the last. */
    byte[] bytes(int index) {
        return index < fields.size() ? fields.get(index) : new byte[0];
    }

    String text(int index) {
        return new String(bytes(index), StandardCharsets.UTF_8);
    }

    /** Returns a field without what no namespace may have. */
    String namespace(int index) {
        String valid = text(index).replaceAll("[^A-Za-z0-9._-]|^[._-]+|[._-]+$|[._-](?=[._-])", "");
        return valid.matches("[A-Za-z0-9].*") ? valid : "n";
    }
}
