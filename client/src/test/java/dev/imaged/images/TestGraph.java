package dev.imaged.images;

import dev.imaged.oci.Descriptor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Descriptors that are named by their digests, and what comes under each. Thread-safe. */
final class TestGraph implements Handler {
    private final Map<String, List<Descriptor>> children = new ConcurrentHashMap<>();

    static Descriptor node(String name) {
        return new Descriptor("", name, 0);
    }

    /** Returns a handler that has {@code width} descriptors {@code n - 1} under each {@code n}, down to 0. */
    static Handler nested(int width) {
        return descriptor -> {
            int level = Integer.parseInt(descriptor.digest());
            return level == 0 ? List.of() : Collections.nCopies(width, node(Integer.toString(level - 1)));
        };
    }

    /** Puts {@code names} under a descriptor. */
    TestGraph under(String parent, String... names) {
        children.put(parent, List.of(names).stream().map(TestGraph::node).toList());
        return this;
    }

    @Override
    public List<Descriptor> handle(Descriptor descriptor) {
        return children.getOrDefault(descriptor.digest(), List.of());
    }
}
