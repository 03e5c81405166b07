package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.proto.v1.Change.Match;
import dev.imaged.server.store.record.Change;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A change with its messages, each of which is encoded once for all who ask for it. They share all but some bytes. Thread-safe. */
final class SharedChange {
    /** About the memory of a change and of all its messages besides their texts and images, in bytes. */
    private static final int OVERHEAD_BYTES = 1536;

    /** A text is in the change, with up to two bytes a character, and in its messages, with up to three. */
    private static final int CHARACTER_BYTES = 5;

    private static final int FORMS = 2 * Match.values().length;

    private final Change change;

    /** What all messages have. */
    private volatile @Nullable ByteString common;

    private final AtomicReferenceArray<ByteString> messages = new AtomicReferenceArray<>(FORMS);

    SharedChange(Change change) {
        this.change = change;
    }

    Change change() {
        return change;
    }

    /** Returns an encoded {@code imaged.v1.Change}. */
    ByteString message(Match match, boolean withBefore) {
        int form = 2 * match.getNumber() + (withBefore ? 1 : 0);
        ByteString known = messages.get(form);
        if (known != null) {
            return known;
        }
        ByteString message = ChangeProtos.encode(change, match, withBefore, common());
        messages.set(form, message);
        return message;
    }

    private ByteString common() {
        ByteString known = common;
        if (known == null) {
            known = ChangeProtos.common(change);
            common = known;
        }
        return known;
    }

    /** Returns about how many bytes of memory the change takes at most, with all its messages. */
    long bytes() {
        long characters = (long) change.namespace().length()
                + change.name().length()
                + change.cause().actor().length()
                + change.cause().requestId().length()
                + change.cause().reason().length();
        return OVERHEAD_BYTES + CHARACTER_BYTES * characters + change.before().length + change.after().length;
    }
}
