package dev.imaged.internal.text;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Where the next page of an answer starts. As text it is a version, the hash of what was asked, the position, the last name, and a
 * checksum of these, in base64 for URLs. Immutable.
 *
 * @param asked a hash of all of the request that has to stay the same
 * @param store the id of the store that the pages are of
 * @param revision what the pages are of
 * @param last the last name that was looked at; empty if there are no names
 */
public record PageToken(int asked, String store, long revision, String last) {
    private static final byte VERSION = 1;

    /** Returns a hash of what is asked for. */
    public static int hash(List<String> asked) {
        CRC32C crc = new CRC32C();
        for (String part : asked) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
            crc.update(bytes);
        }
        return (int) crc.getValue();
    }

    /** Returns the token as text. */
    public String encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(asked);
            out.writeUTF(store);
            out.writeLong(revision);
            byte[] name = last.getBytes(StandardCharsets.UTF_8);
            out.writeInt(name.length);
            out.write(name);
            out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
        } catch (IOException e) {
            throw new AssertionError("memory has no I/O errors", e);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    /**
     * Reads the token of a request. Only what {@link #encode} wrote is a token, to the last bit.
     *
     * @param asked the hash of the request
     * @throws InvalidArgument when the text is not a token, or is that of another request
     */
    public static PageToken decode(String text, int asked) {
        PageToken token = decode(text);
        if (token.asked != asked) {
            throw invalid("is of another request: what is asked for has to stay the same on all pages");
        }
        return token;
    }

    private static PageToken decode(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.array()));
            int end = bytes.limit() - Integer.BYTES;
            if (in.readByte() == VERSION && bytes.getInt(end) == checksum(bytes.array(), end)) {
                PageToken token = new PageToken(in.readInt(), in.readUTF(), in.readLong(), name(in));
                if (token.encode().equals(text)) { // the decoder takes some texts that the encoder does not write
                    return token;
                }
            }
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException e) {
            // The message below says it.
        }
        throw invalid("is damaged");
    }

    private static String name(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    private static ImageException invalid(String why) {
        return new InvalidArgument("page_token " + why).withReason("PAGE_TOKEN_INVALID", Map.of());
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
