package dev.imaged.server.xodus.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.server.xodus.log.ChecksumFile.Syncing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of bytes that are not known to be synced: kept when they are whole, taken away when they are not. */
class UnsyncedTailTest {
    private static final int PAGE_BYTES = 64;
    private static final long FILE_BYTES = 1024;
    private static final long SETTLED = -1;
    private static final int SYNCED = 100;
    private static final int WRITTEN = 300;

    private static final UUID LOG = new UUID(1, 2);

    @TempDir
    Path data;

    private Path folder;

    private final byte[] bytes = new byte[WRITTEN];
    private Path file;
    private PageChecksums checksums;

    @BeforeEach
    void write() throws IOException {
        for (int i = 0; i < WRITTEN; i++) {
            bytes[i] = (byte) (i * 7 + 1);
        }
        folder = Files.createDirectory(data.resolve("log"));
        file = folder.resolve("00000000000.xd");
        Files.write(file, bytes);
        checksums = new ChecksumFolder(folder, LOG, PAGE_BYTES, FILE_BYTES).of(0);
        checksums.open();
        int[] pages = {checksums.checksum(0, bytes, 0, PAGE_BYTES)};
        checksums.synced(0, pages, 1, SYNCED, checksums.checksum(1, bytes, PAGE_BYTES, SYNCED - PAGE_BYTES));
    }

    private int crc(int from, int to) {
        return Checksum.of(bytes, from, to - from);
    }

    /** As a program does that starts after a crash; returns from where on nothing is known. */
    private long settle() throws IOException {
        checksums.close();
        ChecksumFolder again = new ChecksumFolder(folder, LOG, PAGE_BYTES, FILE_BYTES);
        long unknown = UnsyncedTail.unknownFrom(again, 0, 0);
        UnsyncedTail.settle(again, LogLedger.read(folder), 0);
        return unknown;
    }

    private void syncing(int to) throws IOException {
        checksums.syncing(new Syncing(SYNCED, to, crc(SYNCED, to)));
    }

    @Test
    void aCommitThatIsWholeIsKept() throws IOException {
        syncing(WRITTEN);
        assertEquals(SETTLED, settle());
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void aCommitOfWhichASectorIsMissingIsTakenAway() throws IOException {
        syncing(WRITTEN);
        byte[] holed = bytes.clone();
        Arrays.fill(holed, 150, 200, (byte) 0);
        Files.write(file, holed);
        assertEquals(SETTLED, settle());
        assertArrayEquals(Arrays.copyOf(bytes, SYNCED), Files.readAllBytes(file));
    }

    @Test
    void aCommitThatEndsEarlyIsTakenAway() throws IOException {
        syncing(WRITTEN);
        Files.write(file, Arrays.copyOf(bytes, WRITTEN - 1));
        assertEquals(SETTLED, settle());
        assertEquals(SYNCED, Files.size(file));
    }

    /** The file as it is while it is open. */
    private void allocateAhead(byte[] written) throws IOException {
        byte[] allocated = Arrays.copyOf(written, (int) FILE_BYTES);
        Arrays.fill(allocated, written.length, allocated.length, LogFileWriter.FILLER);
        Files.write(file, allocated);
    }

    @Test
    void whatWasAllocatedAheadIsTakenAway() throws IOException {
        allocateAhead(Arrays.copyOf(bytes, SYNCED));
        assertEquals(SETTLED, settle());
        assertArrayEquals(Arrays.copyOf(bytes, SYNCED), Files.readAllBytes(file));
    }

    @Test
    void aCommitThatIsWholeIsKeptWithoutWhatWasAllocatedAheadEvenIfItEndsLikeThat() throws IOException {
        Arrays.fill(bytes, WRITTEN - 3, WRITTEN, LogFileWriter.FILLER);
        syncing(WRITTEN);
        allocateAhead(bytes);
        assertEquals(SETTLED, settle());
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void aCommitThatIsWholeIsKeptWhenOnlyTheLengthOfWhatWasAllocatedIsThere() throws IOException {
        syncing(WRITTEN);
        Files.write(file, Arrays.copyOf(bytes, (int) FILE_BYTES));
        assertEquals(SETTLED, settle());
        assertArrayEquals(bytes, Files.readAllBytes(file));
    }

    @Test
    void aCommitOfWhichOnlyAPartIsWhereItWasAllocatedIsTakenAway() throws IOException {
        syncing(WRITTEN);
        allocateAhead(Arrays.copyOf(bytes, WRITTEN - 1));
        assertEquals(SETTLED, settle());
        assertArrayEquals(Arrays.copyOf(bytes, SYNCED), Files.readAllBytes(file));
    }

    @Test
    void whatFollowsACommitThatIsWholeWhereItWasAllocatedIsNotKnown() throws IOException {
        syncing(WRITTEN - 50);
        allocateAhead(bytes);
        assertEquals(SYNCED, settle());
        assertEquals(FILE_BYTES, Files.size(file));
    }

    @Test
    void whatWasAboutToBeSyncedInAnEarlierLifeIsForgottenWhenTheFileIsWrittenAgain() throws IOException {
        syncing(WRITTEN);
        Files.write(file, Arrays.copyOf(bytes, WRITTEN - 1));
        assertEquals(SETTLED, settle());

        PageChecksums again = new ChecksumFolder(folder, LOG, PAGE_BYTES, FILE_BYTES).of(0);
        again.truncate(SYNCED);
        byte[] acknowledged = bytes.clone();
        acknowledged[SYNCED]++;
        Files.write(file, acknowledged); // of which nothing is noted, as notes are not synced

        assertEquals(SYNCED, settle());
        assertArrayEquals(acknowledged, Files.readAllBytes(file));
    }

    @Test
    void aFileThatWasOnlyAllocatedIsDeleted() throws IOException {
        ChecksumFolder checked = new ChecksumFolder(folder, LOG, PAGE_BYTES, FILE_BYTES);
        Path newer = folder.resolve("00000000001.xd");
        byte[] allocated = new byte[10];
        Arrays.fill(allocated, LogFileWriter.FILLER);
        Files.write(newer, allocated);
        assertTrue(UnsyncedTail.isEmpty(checked, FILE_BYTES, 0));
        UnsyncedTail.settle(checked, LogLedger.read(folder), FILE_BYTES);
        assertFalse(Files.exists(newer));
    }

    @Test
    void whatFollowsACommitThatIsWholeIsNotKnown() throws IOException {
        syncing(WRITTEN - 50);
        assertEquals(SYNCED, settle());
        assertEquals(WRITTEN, Files.size(file));
    }

    @Test
    void withoutAWordOfWhatWasAboutToBeSyncedNothingIsKnownOfTheRest() throws IOException {
        assertEquals(SYNCED, settle());
        Files.delete(folder.resolve("00000000000.crc"));
        assertEquals(0, settle());
        assertEquals(WRITTEN, Files.size(file));
    }

    @Test
    void aFileOfWhichNothingWasSyncedIsDeletedWithItsTornCommit() throws IOException {
        ChecksumFolder checked = new ChecksumFolder(folder, LOG, PAGE_BYTES, FILE_BYTES);
        Path newer = folder.resolve("00000000001.xd");
        Files.write(newer, Arrays.copyOf(bytes, 10));
        checked.of(FILE_BYTES).open();
        checked.of(FILE_BYTES).syncing(new Syncing(0, WRITTEN, crc(0, WRITTEN)));
        UnsyncedTail.settle(checked, LogLedger.read(folder), FILE_BYTES);
        assertFalse(Files.exists(newer));
    }
}
