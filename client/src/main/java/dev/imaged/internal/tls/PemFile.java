package dev.imaged.internal.tls;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.internal.text.ShellQuote;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The content of a file in PEM format (RFC 7468): certificates, or a private key. Every error is a {@link
 * FailedPrecondition} that names the file and the remedy. Immutable and thread-safe.
 */
public final class PemFile {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
    private static final String CERTIFICATE = "CERTIFICATE";
    private static final String PRIVATE_KEY = "PRIVATE KEY";
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS", "DSA");

    /** Far more bytes than any chain has: a larger file is something else. */
    private static final int MAX_BYTES = 1024 * 1024;

    /** How a file in DER format starts: with a sequence. */
    private static final byte DER = 0x30;

    private final Path path;
    private final byte[] content;
    private final List<Block> blocks = new ArrayList<>();

    private record Block(String type, String body) {}

    private PemFile(Path path, byte[] content) {
        this.path = path;
        this.content = content;
        Matcher block = BLOCK.matcher(new String(content, StandardCharsets.ISO_8859_1));
        while (block.find()) {
            blocks.add(new Block(block.group(1), block.group(2)));
        }
    }

    /**
     * Reads a file.
     *
     * @throws FailedPrecondition when it cannot be read
     */
    public static PemFile read(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new FailedPrecondition("PEM file " + path + " has more than " + MAX_BYTES + " bytes");
            }
            return new PemFile(path, content);
        } catch (NoSuchFileException e) {
            throw new FailedPrecondition("PEM file " + path + " does not exist", e);
        } catch (AccessDeniedException e) {
            throw new FailedPrecondition("PEM file " + path + " may not be read by this user", e);
        } catch (IOException e) {
            throw new FailedPrecondition("PEM file " + path + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** Returns the file as it was read. */
    public InputStream stream() {
        return new ByteArrayInputStream(content);
    }

    /**
     * Returns the certificates in the order of the file, at least one.
     *
     * @throws FailedPrecondition when the file holds none, or one that cannot be read
     */
    public List<X509Certificate> certificates() {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : blocks) {
            if (block.type.equals(CERTIFICATE)) {
                certificates.add(certificate(block));
            }
        }
        if (certificates.isEmpty()) {
            throw refused("holds no certificate", CERTIFICATE, PRIVATE_KEY, "openssl x509");
        }
        return certificates;
    }

    private X509Certificate certificate(Block block) {
        try {
            InputStream der = new ByteArrayInputStream(der(block));
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(der);
        } catch (CertificateException e) {
            throw new FailedPrecondition("PEM file " + path + " holds a certificate that is damaged", e);
        }
    }

    /**
     * Returns the private key.
     *
     * @throws FailedPrecondition when the file holds none, or one that has to be converted first, naming the command
     */
    public PrivateKey privateKey() {
        for (Block block : blocks) {
            if (block.type.equals(PRIVATE_KEY)) {
                return privateKey(block);
            } else if (block.type.endsWith(PRIVATE_KEY)) {
                boolean encrypted = block.type.startsWith("ENCRYPTED") || block.body.contains("ENCRYPTED");
                throw new FailedPrecondition("PEM file " + path + " holds "
                        + (encrypted ? "an encrypted private key" : "a private key in another format than PKCS#8")
                        + ": convert it with openssl pkey -in " + quoted() + " -out NEW, and name NEW");
            }
        }
        throw refused("holds no private key", PRIVATE_KEY, CERTIFICATE, "openssl pkey");
    }

    private PrivateKey privateKey(Block block) {
        PKCS8EncodedKeySpec key = new PKCS8EncodedKeySpec(der(block));
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(key);
            } catch (InvalidKeySpecException e) {
                // it is of another algorithm
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new FailedPrecondition(
                "PEM file " + path + " holds a private key that is damaged, or not one of " + KEY_ALGORITHMS);
    }

    private byte[] der(Block block) {
        try {
            return Base64.getMimeDecoder().decode(block.body);
        } catch (IllegalArgumentException e) {
            throw new FailedPrecondition("PEM file " + path + " has a block that is not base64", e);
        }
    }

    private FailedPrecondition refused(String problem, String expected, String other, String converter) {
        String hint = "expected -----BEGIN " + expected + "-----";
        if (blocks.stream().anyMatch(block -> block.type.endsWith(other))) {
            hint += ", found " + other + ": are the certificate and the key swapped?";
        } else if (content.length > 0 && content[0] == DER) {
            hint = "convert it with " + converter + " -inform DER -in " + quoted() + " -out NEW, and name NEW";
        }
        return new FailedPrecondition("PEM file " + path + " " + problem + ": " + hint);
    }

    private String quoted() {
        return ShellQuote.quote(path.toString());
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
