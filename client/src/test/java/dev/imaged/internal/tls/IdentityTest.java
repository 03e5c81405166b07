package dev.imaged.internal.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.remote.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pair of files that TLS needs, and what is said of one that is wrong. */
class IdentityTest {
    /** Where the PKCS#1 key starts in a PKCS#8 key of RSA with 2048 bits. */
    private static final int PKCS1_OFFSET = 26;

    @TempDir
    static Path folder;

    private static TestCertificate rsa;
    private static TestCertificate ec;

    @BeforeAll
    static void make() {
        rsa = TestCertificate.of(folder, "rsa", "-keyalg", "RSA", "-keysize", "2048");
        ec = TestCertificate.of(folder, "ec");
    }

    private static String refusal(Path chain, Path key) {
        return assertThrows(FailedPrecondition.class, () -> Identity.read(PemFile.read(chain), PemFile.read(key)))
                .getMessage()
                .replace(folder.toString(), "FOLDER");
    }

    private static Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519", "DSA"})
    void aPairThatBelongsTogetherIsRead(String algorithm) {
        TestCertificate made = TestCertificate.of(folder, "of-" + algorithm, "-keyalg", algorithm);
        Identity read = Identity.read(PemFile.read(made.chain()), PemFile.read(made.key()));
        assertEquals(List.of(made.certificate()), read.chain());
        assertArrayEquals(made.privateKey().getEncoded(), read.key().getEncoded());
    }

    @Test
    void theWholeChainIsReadInItsOrderWhateverStandsBetween() throws IOException {
        Path chain = file(
                "chain.pem",
                "subject=CN=ec\n" + Files.readString(ec.chain()) + "\nissuer\r\n" + Files.readString(rsa.chain()));
        assertEquals(
                List.of(ec.certificate(), rsa.certificate()),
                PemFile.read(chain).certificates());
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() {
        TestCertificate other = TestCertificate.of(folder, "other");
        for (Path key : List.of(other.key(), rsa.key())) {
            assertEquals(
                    "the private key in PEM file FOLDER/" + key.getFileName()
                            + " is not that of the first certificate in PEM file FOLDER/ec.pem: give the two files that"
                            + " were issued together, with the certificate of the key first: failed precondition",
                    refusal(ec.chain(), key));
        }
    }

    @Test
    void aFileWithoutACertificateIsRefused() throws IOException {
        String expected = " holds no certificate: expected -----BEGIN CERTIFICATE-----: failed precondition";
        assertEquals("PEM file FOLDER/junk.pem" + expected, refusal(file("junk.pem", "junk"), ec.key()));
        assertEquals("PEM file FOLDER/empty.pem" + expected, refusal(file("empty.pem", ""), ec.key()));
    }

    @Test
    void filesThatAreSwappedAreRefused() {
        assertEquals(
                "PEM file FOLDER/ec-key.pem holds no certificate: expected -----BEGIN CERTIFICATE-----, found PRIVATE"
                        + " KEY: are the certificate and the key swapped?: failed precondition",
                refusal(ec.key(), ec.chain()));
        assertEquals(
                "PEM file FOLDER/ec.pem holds no private key: expected -----BEGIN PRIVATE KEY-----, found CERTIFICATE:"
                        + " are the certificate and the key swapped?: failed precondition",
                refusal(ec.chain(), ec.chain()));
    }

    @Test
    void aBinaryFileIsRefusedWithTheCommandThatConvertsIt() throws Exception {
        Path chain = Files.write(folder.resolve("ec.der"), ec.certificate().getEncoded());
        Path key = Files.write(folder.resolve("ec-key.der"), ec.privateKey().getEncoded());
        assertEquals(
                "PEM file FOLDER/ec.der holds no certificate: convert it with openssl x509 -inform DER -in FOLDER/ec.der"
                        + " -out NEW, and name NEW: failed precondition",
                refusal(chain, ec.key()));
        assertEquals(
                "PEM file FOLDER/ec-key.der holds no private key: convert it with openssl pkey -inform DER -in"
                        + " FOLDER/ec-key.der -out NEW, and name NEW: failed precondition",
                refusal(ec.chain(), key));
    }

    @Test
    void anEncryptedKeyIsRefusedWithTheCommandThatConvertsIt() throws IOException {
        Path pkcs8 = TestCertificate.write(folder.resolve("encrypted.pem"), "ENCRYPTED PRIVATE KEY", new byte[64]);
        Path traditional = file(
                "traditional.pem",
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        for (Path key : List.of(pkcs8, traditional)) {
            assertEquals(
                    "PEM file FOLDER/" + key.getFileName()
                            + " holds an encrypted private key: convert it with openssl pkey -in FOLDER/"
                            + key.getFileName() + " -out NEW, and name NEW: failed precondition",
                    refusal(rsa.chain(), key));
        }
    }

    private static Path pkcs1(String name) throws IOException {
        byte[] pkcs8 = rsa.privateKey().getEncoded();
        return TestCertificate.write(
                folder.resolve(name), "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, PKCS1_OFFSET, pkcs8.length));
    }

    @Test
    void aKeyInAnotherFormatIsRefusedWithTheCommandThatConvertsIt() throws IOException {
        assertEquals(
                "PEM file FOLDER/pkcs 1.pem holds a private key in another format than PKCS#8: convert it with openssl"
                        + " pkey -in 'FOLDER/pkcs 1.pem' -out NEW, and name NEW: failed precondition",
                refusal(rsa.chain(), pkcs1("pkcs 1.pem")));
    }

    /** The conversions that messages name, run as they stand but for the place that is to be named and the password. */
    @Test
    void theCommandThatAMessageNamesConvertsTheKey() throws Exception {
        assumeTrue(run("openssl version") == 0, "openssl is not on the path");
        Path encrypted = folder.resolve("secret key.pem");
        assertEquals(0, run("openssl pkey -in " + rsa.key() + " -aes256 -passout pass:x -out '" + encrypted + "'"));
        Path der = Files.write(folder.resolve("rsa-key.der"), rsa.privateKey().getEncoded());
        for (Path key : List.of(encrypted, pkcs1("old.pem"), der)) {
            String message = assertThrows(
                            FailedPrecondition.class, () -> PemFile.read(key).privateKey())
                    .getMessage();
            Matcher command = Pattern.compile("convert it with (openssl .*)NEW, and name NEW")
                    .matcher(message);
            assertTrue(command.find(), message);
            Path converted = folder.resolve("new.pem");
            assertEquals(0, run(command.group(1) + converted + " -passin pass:x"), message);
            assertEquals(rsa.privateKey(), PemFile.read(converted).privateKey());
        }
    }

    private static int run(String command) throws IOException, InterruptedException {
        return new ProcessBuilder("sh", "-c", command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void aDamagedFileIsRefused() throws IOException {
        Path certificate = TestCertificate.write(folder.resolve("broken.pem"), "CERTIFICATE", new byte[] {1, 2});
        assertEquals(
                "PEM file FOLDER/broken.pem holds a certificate that is damaged: failed precondition",
                refusal(certificate, ec.key()));
        Path key = TestCertificate.write(folder.resolve("broken-key.pem"), "PRIVATE KEY", new byte[] {1, 2});
        assertEquals(
                "PEM file FOLDER/broken-key.pem holds a private key that is damaged, or not one of [RSA, EC, EdDSA,"
                        + " RSASSA-PSS, DSA]: failed precondition",
                refusal(ec.chain(), key));
    }

    @Test
    void aFileThatCannotBeReadIsNamed() throws IOException {
        assertEquals(
                "PEM file FOLDER/none does not exist: failed precondition", refusal(folder.resolve("none"), ec.key()));
        assertEquals("PEM file FOLDER cannot be read: Is a directory: failed precondition", refusal(folder, ec.key()));
        Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
        assertEquals(
                "PEM file FOLDER/large has more than 1048576 bytes: failed precondition", refusal(large, ec.key()));
    }
}
