package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.proto.v1.Change.Match;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is kept of the last commits. */
class RecentChangesTest {
    private static final int IMAGE_BYTES = 100_000;

    /** Room for three changes. */
    private final RecentChanges recent = new RecentChanges(3 * IMAGE_BYTES + IMAGE_BYTES / 2, 10);

    private static Change change(long revision, int index) {
        byte[] image = new byte[IMAGE_BYTES];
        return new Change(
                revision,
                index,
                Instant.EPOCH,
                Change.Kind.CREATE,
                "ns",
                "n" + revision + "." + index,
                0,
                revision,
                new byte[0],
                image,
                Cause.UNKNOWN);
    }

    private List<String> shown(long after, long upTo) {
        List<String> names = new ArrayList<>();
        assertTrue(
                recent.forEach(after, upTo, shared -> names.add(shared.change().name())));
        return names;
    }

    @Test
    void theChangesBehindARevisionAreShownInOrder() {
        recent.append(List.of(change(12, 0), change(12, 1), change(15, 0)));

        assertEquals(15, recent.newest());
        assertEquals(List.of("n12.0", "n12.1", "n15.0"), shown(10, 15));
        assertEquals(List.of("n12.0", "n12.1"), shown(11, 12));
        assertEquals(List.of("n15.0"), shown(12, 15));
        assertEquals(List.of(), shown(15, 15));
        assertFalse(recent.forEach(9, 15, shared -> true), "what was before is not here");
    }

    @Test
    void theOldestCommitsMakeRoomAsAWhole() {
        recent.append(List.of(change(11, 0), change(11, 1)));
        recent.append(List.of(change(12, 0)));
        assertEquals(3, shown(10, 12).size());

        recent.append(List.of(change(13, 0)));

        assertFalse(recent.forEach(10, 13, shared -> true));
        assertEquals(List.of("n12.0", "n13.0"), shown(11, 13));
    }

    @Test
    void aCommitThatIsLargerThanTheRoomIsNotKept() {
        recent.append(List.of(change(11, 0), change(11, 1), change(11, 2), change(11, 3)));

        assertEquals(11, recent.newest());
        assertFalse(recent.forEach(10, 11, shared -> true));
        recent.append(List.of(change(12, 0)));
        assertEquals(List.of("n12.0"), shown(11, 12));
    }

    @Test
    void thoseWhoAskTheSameShareAMessage() {
        SharedChange shared = new SharedChange(change(1, 0));

        assertSame(shared.message(Match.ENTERED, true), shared.message(Match.ENTERED, true));
        assertFalse(shared.message(Match.ENTERED, true).equals(shared.message(Match.STAYED, true)));
    }

    @Test
    void theBoundHoldsForAllMessagesOfAChange() throws Exception {
        byte[] image = new byte[IMAGE_BYTES];
        String name = "\u4e16".repeat(10_000);
        Cause cause = new Cause("actor", "id", ByteString.EMPTY, "r".repeat(200), 1);
        SharedChange shared = new SharedChange(
                new Change(1, 0, Instant.EPOCH, Change.Kind.UPDATE, "ns", name, 0, 1, image, image.clone(), cause));
        Set<byte[]> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Match match : List.of(Match.ENTERED, Match.STAYED, Match.LEFT)) {
            for (boolean withBefore : List.of(true, false)) {
                UnsafeByteOperations.unsafeWriteTo(shared.message(match, withBefore), new Arrays(arrays));
            }
        }

        long kept = 2L * name.length()
                + arrays.stream().mapToLong(bytes -> bytes.length).sum();

        assertTrue(kept > 2 * IMAGE_BYTES && kept <= shared.bytes(), kept + " bytes, counted as " + shared.bytes());
    }

    /** Collects the arrays that a message consists of. */
    private static final class Arrays extends ByteOutput {
        private final Set<byte[]> arrays;

        Arrays(Set<byte[]> arrays) {
            this.arrays = arrays;
        }

        @Override
        public void write(byte value) {
            throw new AssertionError();
        }

        @Override
        public void write(byte[] value, int offset, int length) {
            arrays.add(value);
        }

        @Override
        public void writeLazy(byte[] value, int offset, int length) {
            arrays.add(value);
        }

        @Override
        public void write(ByteBuffer value) {
            throw new AssertionError();
        }

        @Override
        public void writeLazy(ByteBuffer value) {
            throw new AssertionError();
        }
    }
}
