package dev.imaged.server.xodus.log;

import dev.imaged.errors.ImageException;
import java.util.ArrayList;
import java.util.List;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataReader;
import jetbrains.exodus.log.LogUtil;

/** Reads the files of a log and compares each page with its checksum. Thread-safe, as what it reads from is. */
final class CheckedReader implements DataReader {
    private final DataReader files;
    private final OpenFiles open;
    private final ChecksumFolder checksums;

    CheckedReader(DataReader files, OpenFiles open, ChecksumFolder checksums) {
        this.files = files;
        this.open = open;
        this.checksums = checksums;
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
        List<Block> checked = new ArrayList<>();
        blocks.forEach(block -> checked.add(new CheckedBlock(block, open, checksums)));
        return checked;
    }

    @Override
    public void close() {
        open.close();
        files.close();
    }

    /**
     * One file. A page that differs from its checksum is a DataLoss and no exception of the engine, which would take an
     * older state of the database for the newest when it meets one of its own.
     */
    record CheckedBlock(Block file, OpenFiles open, ChecksumFolder checksums) implements Block {
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
            int read = open.read(getAddress(), output, position, offset, count);
            long problem = checksums.of(getAddress()).problem(position, output, offset, read);
            if (problem >= 0) {
                throw new ImageException.DataLoss(
                        "file " + LogUtil.getLogFilename(getAddress()) + " of the database is damaged at byte "
                                + problem + ": its checksum does not match",
                        null);
            }
            return read;
        }

        @Override
        public Block refresh() {
            return new CheckedBlock(file.refresh(), open, checksums);
        }
    }
}
