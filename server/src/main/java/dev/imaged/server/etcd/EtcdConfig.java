package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where an etcd cluster is, and how to reach it.
 *
 * @param endpoints the addresses of its members, HOST:PORT each
 * @param prefix the start of all keys; it ends with a slash
 * @param tls null for plaintext
 * @param user null when etcd has no users
 * @param reads what reads see
 */
public record EtcdConfig(
        List<String> endpoints,
        String prefix,
        @Nullable Tls tls,
        @Nullable User user,
        Reads reads) {
    /** The prefix unless another is given. */
    public static final String DEFAULT_PREFIX = "/imaged/1/";

    public EtcdConfig {
        endpoints = List.copyOf(endpoints);
    }

    /** Describes a cluster without users. */
    public EtcdConfig(List<String> endpoints, String prefix, @Nullable Tls tls, Reads reads) {
        this(endpoints, prefix, tls, null, reads);
    }

    /**
     * The etcd user of this daemon.
     *
     * @param passwordFile a file whose first line is the password, read each time that etcd asks for it; null for none
     * @param password the password when there is no file
     */
    public record User(String name, @Nullable Path passwordFile, String password) {
        /**
         * Returns the password.
         *
         * @throws FailedPrecondition when the file cannot be read
         */
        String readPassword() {
            if (passwordFile == null) {
                return password;
            }
            try (BufferedReader reader = Files.newBufferedReader(passwordFile)) {
                String line = reader.readLine();
                return line == null ? "" : line;
            } catch (IOException e) {
                throw new FailedPrecondition("the password for etcd cannot be read: " + e, e);
            }
        }

        /** Leaves the password out. */
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * The files that the connections are encrypted with, in PEM format.
     *
     * @param authorities the certificates that the members' ones are signed by; null for those that the JVM trusts
     * @param certificate that of the daemon; null for none
     * @param key its private key; null for none
     */
    public record Tls(
            @Nullable Path authorities,
            @Nullable Path certificate,
            @Nullable Path key) {}

    /** What reads see. */
    public enum Reads {
        /** All that was acknowledged before, by any daemon: each read asks etcd for the newest revision. */
        CURRENT,
        /** What the daemon has: reads ask nobody, and may be behind. */
        LOCAL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
