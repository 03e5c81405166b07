package dev.imaged.server.faults;

import dev.imaged.server.Peers;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * A disk that fails when it is told to: what a process that has {@link #environment} sees of one folder. The library that the
 * process preloads is built here with cc; see {@code faults.c}. Thread-safe.
 */
final class FaultyDisk {
    private static final Path SOURCE = Path.of("src", "test", "c", "faults.c");
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final int ALWAYS = 1_000_000;
    private static final int WITHOUT_END = -1;

    /** Where the fields of the control file are, in bytes. */
    private static final int CALLS = 0;

    private static final int ERROR = 4;
    private static final int SKIPPED = 8;
    private static final int LEFT = 12;
    private static final int PER_MILLION = 16;
    private static final int RANDOM = 20;
    private static final int TORN = 24;
    private static final int FAILED = 28;
    private static final int CONTROL_BYTES = 32;

    private final Map<String, String> environment;
    private final ByteBuffer control;

    private FaultyDisk(Map<String, String> environment, ByteBuffer control) {
        this.environment = environment;
        this.control = control;
    }

    /**
     * Builds the library; without cc the test is skipped.
     *
     * @param folder whose files fail; an absolute path
     * @param temporary where the library and the control file go
     */
    static FaultyDisk of(Path folder, Path temporary) throws IOException {
        Peers.require("cc");
        Path library = Files.createTempFile(temporary, "faults", ".so");
        Peers.run("cc", "-shared", "-fPIC", "-O2", "-Wall", "-o", library.toString(), SOURCE.toString(), "-ldl");
        Path file = Files.createTempFile(temporary, "faults", ".control");
        Files.write(file, new byte[CONTROL_BYTES]);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new FaultyDisk(
                    Map.of(
                            "LD_PRELOAD", library.toString(),
                            "IMAGED_FAULTS_FOLDER", folder.toString(),
                            "IMAGED_FAULTS_CONTROL", file.toString()),
                    channel.map(FileChannel.MapMode.READ_WRITE, 0, CONTROL_BYTES));
        }
    }

    /** The variables of a process that sees the faults. */
    Map<String, String> environment() {
        return environment;
    }

    /** The next call that may fail does, and no other. */
    void failOnce(Fault fault) {
        failOnce(fault, 0);
    }

    /** The call that may fail after so many others does, and no other. */
    void failOnce(Fault fault, int skipped) {
        fail(fault, skipped, 1, ALWAYS, 0);
    }

    /** Calls fail by chance, until {@link #heal}. */
    void failAtRandom(Fault fault, double share, int seed) {
        fail(fault, 0, WITHOUT_END, (int) (share * ALWAYS), seed);
    }

    /** Every call fails, until {@link #heal}. */
    void fail(Fault fault) {
        fail(fault, 0, WITHOUT_END, ALWAYS, 0);
    }

    private void fail(Fault fault, int skipped, int times, int perMillion, int seed) {
        heal();
        set(ERROR, fault.error().number);
        set(SKIPPED, skipped);
        set(LEFT, times);
        set(PER_MILLION, perMillion);
        set(RANDOM, seed);
        set(TORN, fault.torn() ? 1 : 0);
        set(CALLS, fault.calls().stream().mapToInt(call -> call.bit).sum());
    }

    /** No call fails any more. */
    void heal() {
        set(CALLS, 0);
    }

    /** How many calls have failed so far. */
    int failed() {
        return (int) INT.getVolatile(control, FAILED);
    }

    private void set(int field, int value) {
        INT.setVolatile(control, field, value);
    }
}
