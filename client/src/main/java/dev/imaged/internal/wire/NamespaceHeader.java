package dev.imaged.internal.wire;

import io.grpc.Metadata;
import org.jspecify.annotations.Nullable;

/** The headers of a call that say which namespace and lease it is for, on both ends. */
public final class NamespaceHeader {
    /** The header of the namespace; every call on images has it. */
    public static final Metadata.Key<String> NAMESPACE =
            Metadata.Key.of("containerd-namespace", Metadata.ASCII_STRING_MARSHALLER);

    /** The header of the lease, which may be absent. */
    public static final Metadata.Key<String> LEASE =
            Metadata.Key.of("containerd-lease", Metadata.ASCII_STRING_MARSHALLER);

    private NamespaceHeader() {}

    /** Returns the headers of a call in a namespace. */
    public static Metadata write(String namespace) {
        Metadata headers = new Metadata();
        headers.put(NAMESPACE, namespace);
        return headers;
    }

    /** Returns the first value of a header, null when it is absent or empty. */
    public static @Nullable String first(Metadata headers, Metadata.Key<String> key) {
        Iterable<String> values = headers.getAll(key);
        if (values == null) {
            return null;
        }
        String first = values.iterator().next();
        return first.isEmpty() ? null : first;
    }
}
