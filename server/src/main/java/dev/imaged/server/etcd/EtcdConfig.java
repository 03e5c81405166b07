package dev.imaged.server.etcd;

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
 * @param reads what reads see
 */
public record EtcdConfig(
        List<String> endpoints, String prefix, @Nullable Tls tls, Reads reads) {
    /** The prefix unless another is given. */
    public static final String DEFAULT_PREFIX = "/imaged/1/";

    public EtcdConfig {
        endpoints = List.copyOf(endpoints);
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
