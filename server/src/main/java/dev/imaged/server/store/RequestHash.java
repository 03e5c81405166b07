package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** Tells the requests of an id apart: the first {@value #BYTES} bytes of a SHA-256. */
final class RequestHash {
    private static final int BYTES = 16;

    private RequestHash() {}

    /** Returns the hash of a request, which has to be without its id. */
    static ByteString of(Message request) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(request.getDescriptorForType().getFullName().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            digest.update(encoded(request));
            return ByteString.copyFrom(Arrays.copyOf(digest.digest(), BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /** Maps have no order of their own, so the encoding gives them one. */
    private static byte[] encoded(Message request) {
        byte[] bytes = new byte[request.getSerializedSize()];
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.useDeterministicSerialization();
        try {
            request.writeTo(out);
        } catch (IOException e) {
            throw new AssertionError("an array has the size that was computed", e);
        }
        return bytes;
    }
}
