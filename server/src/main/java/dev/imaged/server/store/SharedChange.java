package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.proto.v1.Change.Match;
import dev.imaged.server.store.record.Change;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** A change with its messages, each of which is encoded once for all who ask for it. Thread-safe. */
final class SharedChange {
    /** About the memory of a change and its messages besides their images and names, in bytes. */
    private static final int OVERHEAD_BYTES = 1024;

    private static final int FORMS = 2 * Match.values().length;

    private final Change change;
    private final AtomicReferenceArray<ByteString> messages = new AtomicReferenceArray<>(FORMS);

    SharedChange(Change change) {
        this.change = change;
    }

    Change change() {
        return change;
    }

    /** Returns an encoded {@code imaged.v1.Change}. It holds a copy of the images. */
    ByteString message(Match match, boolean withBefore) {
        int form = 2 * match.getNumber() + (withBefore ? 1 : 0);
        ByteString known = messages.get(form);
        if (known != null) {
            return known;
        }
        ByteString message = ChangeProtos.encode(change, match, withBefore);
        messages.set(form, message);
        return message;
    }

    /** Returns about how many bytes of memory the change takes. */
    long bytes() {
        return OVERHEAD_BYTES
                + (long) change.before().length
                + change.after().length
                + change.namespace().length()
                + change.name().length();
    }
}
