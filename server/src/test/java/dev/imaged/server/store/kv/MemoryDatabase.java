package dev.imaged.server.store.kv;

import dev.imaged.errors.ImageException;
import dev.imaged.maintenance.BackupSink;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The plainest database: ordered maps in memory. A snapshot is the maps as they are, and a write copies those that it changes.
 * Thread-safe.
 */
public final class MemoryDatabase implements Database {
    private final Contents contents;
    private volatile @Nullable State committed;
    private final AtomicLong reads = new AtomicLong();

    /** What is committed, which nobody changes any more. */
    private record State(Object identity, Map<Table, NavigableMap<byte[], byte[]>> tables) {}

    public MemoryDatabase(Contents contents) {
        this.contents = contents;
        committed = new State(new Object(), Map.of());
        write(batch -> {
            contents.initialise(batch);
            return contents;
        });
    }

    private State requireOpen() {
        State current = committed;
        if (current == null) {
            throw StorageErrors.unavailable(null);
        }
        return current;
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public <T extends @Nullable Object> T read(Function<Snapshot, T> body) {
        State current = requireOpen();
        return body.apply(new Batch(current.identity(), current.tables(), reads));
    }

    @Override
    public <T extends @Nullable Object> T readOnce(Function<Snapshot, T> body) {
        return read(body);
    }

    @Override
    public synchronized <T extends @Nullable Object> T write(Function<WriteBatch, T> body) {
        State current = requireOpen();
        Batch batch = new Batch(current.identity(), current.tables(), reads);
        T result = body.apply(batch);
        if (!batch.isRolledBack) {
            committed = new State(current.identity(), batch.tables);
        }
        return result;
    }

    /** Returns how many entries were read so far. */
    public long reads() {
        return reads.get();
    }

    /** As if it was closed and opened again. */
    public synchronized void reopen() {
        committed = new State(new Object(), requireOpen().tables());
    }

    @Override
    public Object identity() {
        return requireOpen().identity();
    }

    @Override
    public boolean hasFailed() {
        return false;
    }

    @Override
    public void recover() {}

    @Override
    public void requirePresent() {}

    @Override
    public boolean reserveRoom() {
        return true;
    }

    @Override
    public void releaseRoom() {}

    @Override
    public void noteVersion(int version) {}

    @Override
    public void noteCopy(@Nullable FollowedStore of) {}

    @Override
    public boolean noteDamage(String what) {
        return false;
    }

    @Override
    public boolean deleteKept() {
        return false;
    }

    @Override
    public void tidy(WriteActivity now) {}

    @Override
    public Space space() {
        return new Space(0, 0);
    }

    @Override
    public List<String> fileProblems() {
        return List.of();
    }

    @Override
    public long backup(BackupSink sink) {
        throw new ImageException.Unimplemented("what is in memory has no files", null);
    }

    @Override
    public String description() {
        return "memory, version " + contents.version();
    }

    @Override
    public void close() {
        committed = null;
    }

    private static final class Batch implements WriteBatch {
        private final Object identity;
        private final AtomicLong reads;
        private final Map<Table, NavigableMap<byte[], byte[]>> tables;
        private final Map<Table, Boolean> own = new HashMap<>();
        private boolean isRolledBack;

        Batch(Object identity, Map<Table, NavigableMap<byte[], byte[]>> tables, AtomicLong reads) {
            this.reads = reads;
            this.identity = identity;
            this.tables = new HashMap<>(tables);
        }

        private NavigableMap<byte[], byte[]> table(Table table) {
            return tables.computeIfAbsent(table, any -> new TreeMap<>(Arrays::compareUnsigned));
        }

        private NavigableMap<byte[], byte[]> toWrite(Table table) {
            if (own.put(table, true) == null) {
                tables.put(table, new TreeMap<>(table(table)));
            }
            return table(table);
        }

        @Override
        public Object identity() {
            return identity;
        }

        @Override
        public byte @Nullable [] get(Table table, byte[] key) {
            reads.incrementAndGet();
            return table(table).get(key);
        }

        @Override
        public boolean contains(Table table, byte[] key) {
            return table(table).containsKey(key);
        }

        @Override
        public byte @Nullable [] firstKey(Table table) {
            return table(table).isEmpty() ? null : table(table).firstKey();
        }

        @Override
        public byte @Nullable [] lastKey(Table table) {
            return table(table).isEmpty() ? null : table(table).lastKey();
        }

        @Override
        public void scan(Table table, byte[] prefix, byte[] from, EntryVisitor visitor) {
            for (Map.Entry<byte[], byte[]> entry : table(table).tailMap(from).entrySet()) {
                reads.incrementAndGet();
                byte[] key = entry.getKey();
                boolean isInRange =
                        key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
                if (!isInRange || !visitor.visit(key, entry.getValue())) {
                    return;
                }
            }
        }

        @Override
        public void scan(Table table, KeySteps steps, EntryVisitor visitor) {
            byte[] next = steps.next(new byte[0]);
            while (next != null) {
                reads.incrementAndGet();
                Map.Entry<byte[], byte[]> entry = table(table).ceilingEntry(next);
                byte[] key = entry == null ? null : entry.getKey();
                next = key == null ? null : steps.next(key);
                if (next == key && key != null) {
                    next = visitor.visit(key, entry.getValue()) ? table(table).higherKey(key) : null;
                } else if (next != null && !visitor.skip()) {
                    return;
                }
            }
        }

        @Override
        public long count(Table table) {
            return table(table).size();
        }

        @Override
        public void put(Table table, byte[] key, byte[] value) {
            toWrite(table).put(key, value);
        }

        @Override
        public void append(Table table, byte[] key, byte[] value) {
            NavigableMap<byte[], byte[]> entries = toWrite(table);
            if (!entries.isEmpty() && Arrays.compareUnsigned(entries.lastKey(), key) >= 0) {
                throw new IllegalArgumentException("a key is appended that is not the greatest");
            }
            entries.put(key, value);
        }

        @Override
        public void delete(Table table, byte[] key) {
            toWrite(table).remove(key);
        }

        @Override
        public void drop(Table table) {
            tables.put(table, new TreeMap<>(Arrays::compareUnsigned));
            own.put(table, true);
        }

        @Override
        public void revision(long revision) {}

        @Override
        public void rollBack() {
            isRolledBack = true;
        }
    }
}
