package dev.imaged.internal.tls;

import dev.imaged.errors.ImageException.FailedPrecondition;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * The identity that one end of a TLS connection shows the other: a chain of certificates, its own first, and the
 * private key of its own.
 *
 * @param chain at least one certificate
 */
public record Identity(List<X509Certificate> chain, PrivateKey key) {
    private static final byte[] SAMPLE = {1, 2, 3};

    public Identity {
        chain = List.copyOf(chain);
    }

    /**
     * Reads a pair of files.
     *
     * @throws FailedPrecondition when a file holds something else, or the key does not belong to the first certificate
     */
    public static Identity read(PemFile chain, PemFile key) {
        Identity identity = new Identity(chain.certificates(), key.privateKey());
        if (!identity.matches()) {
            throw new FailedPrecondition("the private key in PEM file " + key
                    + " is not that of the first certificate in PEM file " + chain
                    + ": give the two files that were issued together, with the certificate of the key first");
        }
        return identity;
    }

    private boolean matches() {
        PublicKey publicKey = chain.get(0).getPublicKey();
        if (!publicKey.getAlgorithm().equals(key.getAlgorithm())) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(signatureAlgorithm());
            signature.initSign(key);
            signature.update(SAMPLE);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(SAMPLE);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private String signatureAlgorithm() {
        return switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "DSA" -> "SHA256withDSA";
            default -> key.getAlgorithm();
        };
    }
}
