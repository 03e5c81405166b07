package dev.imaged.server.xodus.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.maintenance.BackupSink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.RemoveBlockType;
import jetbrains.exodus.log.LogUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {
    private static final int PAGE_BYTES = 1024;
    private static final int FILE_BYTES = 16 * PAGE_BYTES;

    /** So large that a few commits are synced while it is read once. */
    private static final int LARGE_FILE_BYTES = 1024 * PAGE_BYTES;

    private static final int COMMITS = 2000;
    private static final int COMMIT_BYTES = 100;

    @TempDir
    Path data;

    private Path folder;

    @BeforeEach
    void create() throws IOException {
        folder = Files.createDirectory(data.resolve("log"));
    }

    /** The engine deletes a file that it cleaned before the snapshot began, when nobody needs it but who copies all files. */
    @Test
    void aFileIsNotDeletedWhileFilesAreCopied() throws IOException, InterruptedException {
        LogFiles files = LogFiles.in(folder, PAGE_BYTES, FILE_BYTES, UnaryOperator.identity());
        DataWriter writer = files.newConfig().getWriter();
        byte[] bytes = new byte[2 * FILE_BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i / 100);
        }
        write(writer, 0, bytes);
        write(writer, FILE_BYTES, bytes);
        files.allowRemoval(0, bytes.length);
        Path first = folder.resolve(LogUtil.getLogFilename(0));
        Thread remover = new Thread(() -> writer.removeBlock(0, RemoveBlockType.Delete), "remover of old files");

        ByteArrayOutputStream copied = new ByteArrayOutputStream();
        files.copy(bytes.length, new BackupSink() {
            @Override
            public void file(BackupFile file) {
                if (remover.getState() == Thread.State.NEW) {
                    remover.start();
                    while (remover.getState() != Thread.State.WAITING && remover.isAlive()) {
                        Thread.onSpinWait();
                    }
                }
                assertTrue(Files.exists(first));
            }

            @Override
            public void data(byte[] data, int count) {
                copied.write(data, 0, count);
            }

            @Override
            public void finish() {}

            @Override
            public void close() {}
        });
        remover.join();

        assertArrayEquals(bytes, copied.toByteArray());
        assertFalse(Files.exists(first));
    }

    @Test
    void aFileIsFoundUndamagedWhileItIsWritten() throws IOException {
        LogFiles files = LogFiles.in(folder, PAGE_BYTES, LARGE_FILE_BYTES, UnaryOperator.identity());
        DataWriter writer = files.newConfig().getWriter();
        writer.openOrCreateBlock(0, 0);
        CompletableFuture<Void> commits = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < COMMITS; i++) {
                writer.write(new byte[COMMIT_BYTES], 0, COMMIT_BYTES);
                writer.sync();
            }
        });
        while (!commits.isDone()) {
            assertEquals(List.of(), files.problems());
        }
        commits.join();
        writer.close();
    }

    private static void write(DataWriter writer, int address, byte[] bytes) {
        writer.openOrCreateBlock(address, 0);
        writer.write(bytes, address, FILE_BYTES);
        writer.close();
    }
}
