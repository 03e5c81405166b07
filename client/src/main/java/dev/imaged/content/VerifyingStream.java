package dev.imaged.content;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Reads a blob and compares its digest at the end: a reader that reached the end has read the right bytes. */
final class VerifyingStream extends FilterInputStream {
    private static final int SKIP_BYTES = 8192;

    private final String blob;
    private final Digest expected;
    private final MessageDigest hash;
    private boolean ended;

    VerifyingStream(String blob, Digest expected, InputStream in) {
        super(in);
        this.blob = blob;
        this.expected = expected;
        this.hash = expected.newHash();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int read = super.read(bytes, offset, length);
        if (read > 0) {
            hash.update(bytes, offset, read);
        } else if (read < 0 && !ended) {
            ended = true;
            verify();
        }
        return read;
    }

    private void verify() {
        String actual = HexFormat.of().formatHex(hash.digest());
        if (!actual.equals(expected.encoded())) {
            throw new InvalidArgument(blob + ": the bytes have the digest " + expected.algorithm() + ":" + actual);
        }
    }

    @Override
    public long skip(long count) throws IOException {
        byte[] skipped = new byte[(int) Math.max(0, Math.min(count, SKIP_BYTES))]; // it has to be hashed as well
        return Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
