package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataReader;
import jetbrains.exodus.io.FileDataReader;
import jetbrains.exodus.io.FileDataReader.FileBlock;
import jetbrains.exodus.log.LogUtil;

/** Reads the files of a log, and compares each page with its checksum. Thread-safe. */
final class CheckedReader implements DataReader {
    private final FileDataReader files;
    private final ReadHandles open;
    private final ChecksumFolder checksums;
    private final LogLedger ledger;
    private final LogDamage damage;

    CheckedReader(
            FileDataReader files, ReadHandles open, ChecksumFolder checksums, LogLedger ledger, LogDamage damage) {
        this.files = files;
        this.open = open;
        this.checksums = checksums;
        this.ledger = ledger;
        this.damage = damage;
    }

    @Override
    public String getLocation() {
        return files.getLocation();
    }

    @Override
    public Iterable<Block> getBlocks() {
        return checked(files.getBlocks());
    }

    @Override
    public Iterable<Block> getBlocks(long fromAddress) {
        return checked(files.getBlocks(fromAddress));
    }

    private List<Block> checked(Iterable<Block> blocks) {
        NavigableMap<Long, Block> checked = new TreeMap<>();
        blocks.forEach(block -> checked.put(block.getAddress(), checked(block)));
        ledger.leftOver(new TreeSet<>(checked.keySet())).forEach(checked::remove);
        return List.copyOf(checked.values());
    }

    CheckedBlock checked(Block file) {
        return new CheckedBlock(file, open, checksums, damage);
    }

    /** Returns the file with an address, even if it is missing. */
    CheckedBlock block(long address) {
        return checked(new FileBlock(address, files));
    }

    @Override
    public void close() {
        open.close();
        files.close();
    }

    /**
     * One file. A page that differs from its checksum is reported as DataLoss, not as an exception of the engine: after one of its own
     * exceptions the engine takes an older state of the database for the newest.
     */
    record CheckedBlock(Block file, ReadHandles open, ChecksumFolder checksums, LogDamage damage) implements Block {
        @Override
        public long getAddress() {
            return file.getAddress();
        }

        @Override
        public long length() {
            return file.length();
        }

        @Override
        public int read(byte[] output, long position, int offset, int count) {
            int read = readFile(output, position, offset, count);
            PageChecksums known = checksums.of(getAddress());
            if (position + Math.max(0, read) < Math.min(position + count, known.syncedLength())) {
                throw damage.of(name() + " ends at byte " + (position + Math.max(0, read)) + " of "
                        + known.syncedLength() + " that were synced");
            }
            long problem = known.problem(position, output, offset, read);
            if (problem >= 0) {
                throw damage.of(name() + " is damaged at byte " + problem + ": its checksum does not match");
            }
            return read;
        }

        private int readFile(byte[] output, long position, int offset, int count) {
            try {
                return open.read(getAddress(), output, position, offset, count);
            } catch (NoSuchFileException e) {
                throw damage.of(name() + " is missing");
            } catch (IOException e) {
                // The file may be readable the next time.
                throw damage == LogDamage.SKIP
                        ? damage.of(name() + " cannot be read: " + e)
                        : new ImageException.Unavailable(name() + " cannot be read: " + e.getMessage(), e);
            }
        }

        private String name() {
            return "file " + LogUtil.getLogFilename(getAddress()) + " of the database";
        }

        @Override
        public Block refresh() {
            return new CheckedBlock(file.refresh(), open, checksums, damage);
        }
    }
}
