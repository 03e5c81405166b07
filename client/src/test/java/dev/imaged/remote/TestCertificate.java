package dev.imaged.remote;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A certificate with its private key, as two files in PEM format. The JDK's keytool makes it.
 *
 * @param chain the file of the certificate
 * @param key the file of the key, PKCS#8
 */
public record TestCertificate(Path chain, Path key, X509Certificate certificate, PrivateKey privateKey) {
    private static final String PASSWORD = "changeit";

    /** Returns one for the loopback address and localhost that signs itself and is valid for 90 days. */
    public static TestCertificate of(Path folder, String name) {
        return of(folder, name, "-keyalg", "EC", "-ext", "san=ip:127.0.0.1,dns:localhost");
    }

    /** Returns one made with these options of {@code keytool -genkeypair}. */
    public static TestCertificate of(Path folder, String name, String... options) {
        keytool(folder, name, "-genkeypair", concat(List.of("-dname", "CN=" + name), options));
        return of(folder, name, stored(folder, name));
    }

    /** Returns one for the loopback address that this one signs, made with these options of {@code keytool -gencert}. */
    public TestCertificate sign(Path folder, String name, String... options) {
        try {
            of(folder, name);
            Path request = folder.resolve(name + ".csr");
            Path signed = folder.resolve(name + ".crt");
            keytool(folder, name, "-certreq", List.of("-file", request.toString()));
            List<String> files = List.of("-infile", request.toString(), "-outfile", signed.toString());
            List<String> extensions = List.of("-ext", "san=ip:127.0.0.1");
            keytool(
                    chain.getParent(),
                    certificate.getSubjectX500Principal().getName().substring("CN=".length()),
                    "-gencert",
                    concat(concat(files, extensions.toArray(String[]::new)), options));
            try (InputStream in = Files.newInputStream(signed)) {
                return of(folder, name, (X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static TestCertificate of(Path folder, String name, X509Certificate certificate) {
        try {
            PrivateKey key = (PrivateKey) store(folder, name).getKey("one", PASSWORD.toCharArray());
            return new TestCertificate(
                    write(folder.resolve(name + ".pem"), "CERTIFICATE", certificate.getEncoded()),
                    write(folder.resolve(name + "-key.pem"), "PRIVATE KEY", key.getEncoded()),
                    certificate,
                    key);
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static X509Certificate stored(Path folder, String name) {
        try {
            return (X509Certificate) store(folder, name).getCertificate("one");
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyStore store(Path folder, String name) throws GeneralSecurityException, IOException {
        return KeyStore.getInstance(folder.resolve(name + ".p12").toFile(), PASSWORD.toCharArray());
    }

    private static void keytool(Path folder, String name, String command, List<String> options) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                command,
                "-keystore",
                folder.resolve(name + ".p12").toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-alias",
                "one"));
        words.addAll(options);
        try {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            String out = new String(process.getInputStream().readAllBytes(), US_ASCII);
            assertEquals(0, process.waitFor(), out);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> concat(List<String> first, String... second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(second));
        return all;
    }

    /** Writes a file with one block. */
    public static Path write(Path file, String type, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content);
        return Files.writeString(file, "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n");
    }
}
