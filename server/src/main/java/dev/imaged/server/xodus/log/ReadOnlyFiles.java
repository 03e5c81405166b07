package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException.FailedPrecondition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataReader;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.RemoveBlockType;
import org.jspecify.annotations.Nullable;

/**
 * A log that is read and never changed. Bytes and files that the engine would remove when it opens the log are only hidden from it.
 * For the thread that opens the log.
 */
final class ReadOnlyFiles implements DataWriter {
    private final CheckedReader reader;
    private final ChecksumFolder checksums;
    private final LogLedger ledger;
    private final LogDamage damage;
    private boolean isOpen;

    ReadOnlyFiles(CheckedReader reader, ChecksumFolder checksums, LogLedger ledger, LogDamage damage) {
        this.reader = reader;
        this.checksums = checksums;
        this.ledger = ledger;
        this.damage = damage;
    }

    /** Returns a reader that hides the bytes that a crash left behind the last commit. */
    DataReader reader() throws IOException {
        List<Block> blocks = new ArrayList<>();
        reader.getBlocks().forEach(blocks::add);
        List<Block> shown = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            boolean isNewest = i == blocks.size() - 1;
            long length = isNewest ? newestLength(block) : block.length();
            // To salvage, files that the engine would refuse are left out.
            if (length > 0 && (damage == LogDamage.REPORT || isWhole(block, length, isNewest))) {
                shown.add(new ShownBlock(block, length));
            }
        }
        return new ShownFiles(reader, shown);
    }

    private long newestLength(Block block) throws IOException {
        long kept = UnsyncedTail.keptLength(checksums, block.getAddress(), ledger.acknowledged());
        return Math.min(kept, block.length());
    }

    private boolean isWhole(Block block, long length, boolean isNewest) {
        boolean fits = isNewest ? length <= checksums.fileBytes() : length == checksums.fileBytes();
        return fits && block.getAddress() % checksums.fileBytes() == 0;
    }

    private record ShownFiles(DataReader files, List<Block> blocks) implements DataReader {
        @Override
        public Iterable<Block> getBlocks() {
            return blocks;
        }

        @Override
        public Iterable<Block> getBlocks(long fromAddress) {
            return blocks.stream()
                    .filter(block -> block.getAddress() >= fromAddress)
                    .toList();
        }

        @Override
        public void close() {
            files.close();
        }

        @Override
        public String getLocation() {
            return files.getLocation();
        }
    }

    private record ShownBlock(Block file, long length) implements Block {
        @Override
        public long getAddress() {
            return file.getAddress();
        }

        @Override
        public int read(byte[] output, long position, int offset, int count) {
            return file.read(output, position, offset, (int) Math.min(count, Math.max(0, length - position)));
        }

        @Override
        public Block refresh() {
            return this;
        }
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    @Override
    public Block openOrCreateBlock(long address, long length) {
        if (damage == LogDamage.REPORT) {
            ledger.requireCuttable(address + length);
        }
        isOpen = true;
        return reader.block(address);
    }

    @Override
    public Block write(byte[] bytes, int offset, int count) {
        throw new FailedPrecondition(checksums.folder() + " is open for reading only");
    }

    @Override
    public void removeBlock(long address, RemoveBlockType type) {
        if (damage == LogDamage.REPORT) {
            ledger.requireRemovable(address);
        }
    }

    @Override
    public void truncateBlock(long address, long length) {
        if (damage == LogDamage.REPORT) {
            ledger.requireCuttable(address + length);
        }
    }

    @Override
    public void clear() {
        throw new ExodusException("a log is never cleared");
    }

    @Override
    public void sync() {}

    @Override
    public void syncDirectory() {}

    @Override
    public void close() {
        isOpen = false;
    }

    @Override
    public boolean lock(long timeout) {
        return true;
    }

    @Override
    public boolean release() {
        return true;
    }

    @Override
    public @Nullable String lockInfo() {
        return null;
    }
}
