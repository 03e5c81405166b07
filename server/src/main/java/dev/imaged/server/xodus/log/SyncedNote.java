package dev.imaged.server.xodus.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A note of how far a log was acknowledged, in a file of its own. It shows when a log has lost its newest files, or when an older copy
 * has replaced it.
 *
 * <p>The file has two slots of 512 bytes, which are written in turn. Each holds a magic number (8 bytes), the id of the log (16), the
 * address (8), the revision (8) and the checksum of these 40 bytes (4).
 *
 * <p>A note is written after its commit was synced, and is not synced itself. So it is never ahead of the log, and after a power cut
 * it may be behind. For one thread at a time.
 */
final class SyncedNote implements AutoCloseable {
    private static final long MAGIC =
            ByteBuffer.wrap("imagedN1".getBytes(StandardCharsets.US_ASCII)).getLong();
    private static final int SLOT_BYTES = 512;
    private static final int NOTE_BYTES = 5 * Long.BYTES;

    private final Path path;
    private @Nullable State state;
    private int nextSlot;

    /** Not a channel, which an interrupt would close. */
    private @Nullable RandomAccessFile file;

    /**
     * The state of a log.
     *
     * @param log the id of the log
     * @param address where the newest acknowledged commit ends in the log
     * @param revision the revision of the newest acknowledged change
     */
    record State(UUID log, long address, long revision) {}

    private SyncedNote(Path path) {
        this.path = path;
    }

    /** Reads a note; a missing or damaged one has no state. */
    static SyncedNote read(Path path) throws IOException {
        SyncedNote note = new SyncedNote(path);
        if (Files.exists(path)) {
            byte[] bytes = Files.readAllBytes(path);
            for (int slot = 0; slot < 2; slot++) {
                State found = parse(bytes, slot * SLOT_BYTES);
                if (found != null && (note.state == null || found.address >= note.state.address)) {
                    note.state = found;
                    note.nextSlot = 1 - slot;
                }
            }
        }
        return note;
    }

    private static @Nullable State parse(byte[] bytes, int offset) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length < offset + NOTE_BYTES + Integer.BYTES || in.getLong(offset) != MAGIC) {
            return null;
        }
        if (Checksum.of(bytes, offset, NOTE_BYTES) != in.getInt(offset + NOTE_BYTES)) {
            return null;
        }
        in.position(offset + Long.BYTES);
        return new State(new UUID(in.getLong(), in.getLong()), in.getLong(), in.getLong());
    }

    /** Returns the state in the file, null when there is none. */
    @Nullable
    State state() {
        return state;
    }

    /** Replaces the state in the file. */
    void write(State next) throws IOException {
        byte[] slot = new byte[NOTE_BYTES + Integer.BYTES];
        ByteBuffer out = ByteBuffer.wrap(slot)
                .putLong(MAGIC)
                .putLong(next.log.getMostSignificantBits())
                .putLong(next.log.getLeastSignificantBits())
                .putLong(next.address)
                .putLong(next.revision);
        out.putInt(Checksum.of(slot, 0, NOTE_BYTES));
        RandomAccessFile opened = open();
        opened.seek((long) nextSlot * SLOT_BYTES);
        opened.write(slot);
        nextSlot = 1 - nextSlot;
        state = next;
    }

    private RandomAccessFile open() throws IOException {
        if (file == null) {
            PrivateFiles.createFile(path);
            file = new RandomAccessFile(path.toFile(), "rw");
            if (file.length() < 2L * SLOT_BYTES) {
                file.setLength(0);
                file.write(new byte[2 * SLOT_BYTES]); // takes its space on the disk now
            }
        }
        return file;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            try (RandomAccessFile closing = file) {
                file = null;
                closing.getFD().sync();
            }
        }
    }
}
