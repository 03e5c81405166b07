package dev.imaged.server;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.internal.tls.Identity;
import dev.imaged.internal.tls.PemFile;
import io.grpc.util.AdvancedTlsX509KeyManager;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate that the daemon shows on TCP. After its files are read again, new connections get the new certificate.
 * Open connections stay. Thread-safe.
 */
public final class ServerCertificate {
    private static final Logger log = LoggerFactory.getLogger(ServerCertificate.class);

    private static final Duration WARNED_BEFORE_EXPIRY = Duration.ofDays(30);

    private final Path chainFile;
    private final Path keyFile;
    private final Clock clock;
    private final AdvancedTlsX509KeyManager shown = new AdvancedTlsX509KeyManager();
    private volatile Identity identity;

    /** @throws FailedPrecondition when the files do not hold a certificate that is valid now, and its private key */
    public ServerCertificate(Path chainFile, Path keyFile, Clock clock) {
        this.chainFile = chainFile;
        this.keyFile = keyFile;
        this.clock = clock;
        this.identity = show();
        warnOfExpiry();
    }

    private Identity show() {
        Identity read = Identity.read(PemFile.read(chainFile), PemFile.read(keyFile));
        requireValid(read.chain().get(0));
        shown.updateIdentityCredentials(read.chain().toArray(X509Certificate[]::new), read.key());
        return read;
    }

    private void requireValid(X509Certificate certificate) {
        Instant now = clock.instant();
        Instant start = certificate.getNotBefore().toInstant();
        Instant end = certificate.getNotAfter().toInstant();
        if (now.isBefore(start)) {
            throw new FailedPrecondition("the certificate in PEM file " + chainFile + " is not valid before " + start
                    + ", and it is " + now + " now: give another one, or set the clock");
        } else if (now.isAfter(end)) {
            throw new FailedPrecondition(
                    "the certificate in PEM file " + chainFile + " has expired on " + end + ": renew it");
        }
    }

    /** Looks once a day whether the certificate, or another one of its chain, expires soon, and logs a warning if so. */
    void watchExpiry(ScheduledExecutorService timer) {
        timer.scheduleAtFixedRate(this::warnOfExpiry, 1, 1, TimeUnit.DAYS);
    }

    private void warnOfExpiry() {
        X509Certificate next = identity.chain().stream()
                .min(Comparator.comparing(X509Certificate::getNotAfter))
                .orElseThrow();
        Instant end = next.getNotAfter().toInstant();
        Duration left = Duration.between(clock.instant(), end);
        if (left.isNegative()) {
            log.warn(
                    "the certificate of {} in {} has expired on {}: renew it and send SIGHUP",
                    subject(next),
                    chainFile,
                    end);
        } else if (left.compareTo(WARNED_BEFORE_EXPIRY) <= 0) {
            log.warn(
                    "the certificate of {} in {} expires on {}, in {} days: renew it and send SIGHUP",
                    subject(next),
                    chainFile,
                    end,
                    left.toDays());
        }
    }

    private static String subject(X509Certificate certificate) {
        return certificate.getSubjectX500Principal().getName();
    }

    /** Reads the files again. If they cannot be used, it logs why, and the certificate stays as it was. */
    void reload() {
        try {
            identity = show();
        } catch (FailedPrecondition e) {
            log.warn(
                    "the TLS files are not used, and the certificate that expires on {} stays: {}",
                    own().getNotAfter().toInstant(),
                    e.getMessage());
            return;
        }
        log.info(
                "{} and {} are read again; the certificate expires on {}",
                chainFile,
                keyFile,
                own().getNotAfter().toInstant());
        warnOfExpiry();
    }

    /** Returns the key manager that gives TLS the certificate at each handshake. */
    KeyManager keyManager() {
        return shown;
    }

    /** Returns the file of the chain. */
    public Path file() {
        return chainFile;
    }

    /** Returns the daemon's own certificate, without those that signed it. */
    public X509Certificate own() {
        return identity.chain().get(0);
    }
}
