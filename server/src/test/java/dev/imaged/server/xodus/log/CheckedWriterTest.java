package dev.imaged.server.xodus.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.imaged.server.xodus.InterceptedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.FileDataReader;
import jetbrains.exodus.io.FileDataWriter;
import jetbrains.exodus.io.RemoveBlockType;
import jetbrains.exodus.io.SharedOpenFilesCache;
import jetbrains.exodus.log.LogUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checksums are those of what was written, whatever the engine does beside it. */
class CheckedWriterTest {
    private static final int PAGE_BYTES = 1024;
    private static final long FILE_BYTES = 16 * PAGE_BYTES;

    @TempDir
    Path folder;

    private final AtomicBoolean writing = new AtomicBoolean();
    private final AtomicBoolean overlapped = new AtomicBoolean();
    private final Thread remover =
            new Thread(() -> writer().removeBlock(0, RemoveBlockType.Delete), "remover of old files");

    private CheckedWriter writer;

    private CheckedWriter writer() {
        return writer;
    }

    /** Files whose first write goes on until the remover waits, or is done. */
    private DataWriter watched(DataWriter files) {
        return InterceptedWriter.of(files, (method, arguments, call) -> {
            if (method.equals("sync") && writing.get()) {
                overlapped.set(true);
            }
            Object result = call.run();
            if (method.equals("write") && remover.getState() == Thread.State.NEW) {
                writing.set(true);
                remover.start();
                while (remover.getState() != Thread.State.BLOCKED && remover.isAlive()) {
                    Thread.onSpinWait();
                }
                writing.set(false);
            }
            return result;
        });
    }

    @Test
    void fileIsRemovedBesideWritesAndNotInTheMidstOfOne() throws IOException, InterruptedException {
        SharedOpenFilesCache.setSize(1);
        Path log = Files.createDirectory(folder.resolve("log"));
        LogLedger ledger = LogLedger.read(log);
        ChecksumFolder checksums = new ChecksumFolder(log, ledger.log(), PAGE_BYTES, FILE_BYTES);
        FileDataReader reader = new FileDataReader(log.toFile());
        FileDataWriter files = new FileDataWriter(reader);
        Path old = Files.createFile(log.resolve(LogUtil.getLogFilename(0)));
        try (ReadHandles open = new ReadHandles(log)) {
            CheckedReader checked = new CheckedReader(reader, open, checksums, ledger, LogDamage.REPORT);
            writer = new CheckedWriter(watched(files), checked, open, checksums, ledger, new ReentrantLock(), () -> {});
            writer.openOrCreateBlock(FILE_BYTES, 0);
            writer.write(new byte[PAGE_BYTES], 0, PAGE_BYTES);
            remover.join();
            writer.write(new byte[PAGE_BYTES + 1], 0, PAGE_BYTES + 1);
            writer.sync();
            writer.close();
            assertFalse(overlapped.get(), "synced in the midst of a write");
            assertFalse(Files.exists(old));
            assertEquals(List.of(), FileCheck.problems(checksums, FILE_BYTES));
        }
    }
}
