package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Position;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * Where the next page of an answer starts. As text it is a version, the hash of what was asked, the position, the last name, and a
 * checksum of these, in base64 for URLs. Immutable.
 *
 * @param asked a hash of all of the request that has to stay the same
 * @param position what the pages are of
 * @param last the last name that was looked at; empty if there are no names
 */
record PageToken(int asked, Position position, String last) {
    private static final byte VERSION = 1;

    /** Returns the token as text. */
    String encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(asked);
            out.writeUTF(position.store());
            out.writeLong(position.revision());
            byte[] name = last.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            out.writeInt(name.length);
            out.write(name);
            out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
        } catch (IOException e) {
            throw new AssertionError("memory has no I/O errors", e);
        }
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    /**
     * Reads the token of a request.
     *
     * @param asked the hash of the request
     * @throws InvalidArgument when the text is not a token, or that of another request
     */
    static PageToken decode(String text, int asked) {
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw invalid("is damaged");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            byte version = in.readByte();
            int askedThen = in.readInt();
            Position position = new Position(in.readUTF(), in.readLong());
            String last = new String(in.readNBytes(in.readInt()), java.nio.charset.StandardCharsets.UTF_8);
            int end = bytes.length - Integer.BYTES;
            if (version != VERSION || in.available() != Integer.BYTES || in.readInt() != checksum(bytes, end)) {
                throw invalid("is damaged");
            } else if (askedThen != asked) {
                throw invalid(
                        "is of another request: the namespace, the filters, as_of and read_mask have to stay the same");
            }
            return new PageToken(asked, position, last);
        } catch (IOException | IllegalArgumentException e) {
            throw invalid("is damaged");
        }
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
