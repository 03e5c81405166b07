package dev.imaged.server.store.migration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MigrationTest {
    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);

    /** What the steps did: from which schema, and the position. */
    private final List<String> batches = new ArrayList<>();

    private boolean fails;

    /** Does a batch for each position from 1 to 3, and throws in the second if it is to fail. */
    private final class Counting implements MigrationStep {
        private final int from;

        Counting(int from) {
            this.from = from;
        }

        @Override
        public int from() {
            return from;
        }

        @Override
        public List<Table> formerTables() {
            return List.of();
        }

        @Override
        public byte @Nullable [] advance(WriteBatch batch, byte[] position) {
            int next = position.length == 0 ? 1 : position[0] + 1;
            batch.put(Schema.NAMESPACES, new byte[] {(byte) from, (byte) next}, new byte[0]);
            if (fails && next == 2) {
                throw new IllegalStateException("no room");
            }
            batches.add(from + "/" + next);
            return next == 3 ? null : new byte[] {(byte) next};
        }

        @Override
        public List<String> problems(Snapshot snapshot) {
            return List.of("of step " + from);
        }
    }

    private Migration twoSteps() {
        database.write(batch -> {
            Meta.migrated(batch, Schema.VERSION - 2, null);
            return true;
        });
        return new Migration(List.of(new Counting(Schema.VERSION - 2), new Counting(Schema.VERSION - 1)));
    }

    @Test
    void theStepsRunOneAfterTheOtherAndOnce() {
        Migration migration = twoSteps();

        migration.run(database);
        migration.run(database);

        assertEquals(List.of("1/1", "1/2", "1/3", "2/1", "2/2", "2/3"), batches);
        assertFalse(database.read(migration::isNeeded));
        assertEquals(Long.valueOf(6), database.read(snapshot -> snapshot.count(Schema.NAMESPACES)));
    }

    @Test
    void aBatchThatFailsLeavesNothingAndTheNextRunGoesOnBehindTheOneBefore() {
        Migration migration = twoSteps();
        fails = true;
        assertThrows(IllegalStateException.class, () -> migration.run(database));
        assertEquals(Long.valueOf(1), database.read(snapshot -> snapshot.count(Schema.NAMESPACES)));
        assertEquals(
                Integer.valueOf(Schema.VERSION - 1),
                database.read(Meta::schema)); // a program of the older schema refuses it
        assertEquals(List.of("of step 1"), database.read(migration::problems));

        fails = false;
        migration.run(database);

        assertEquals(List.of("1/1", "1/2", "1/3", "2/1", "2/2", "2/3"), batches);
    }

    @Test
    void whatHasToBeMigratedCannotBeReadAndSaysWhatToDo() {
        Migration migration = twoSteps();

        FailedPrecondition refused = assertThrows(
                FailedPrecondition.class,
                () -> database.read(snapshot -> {
                    migration.requireDone(snapshot);
                    return true;
                }));

        assertEquals(
                "has to be migrated from schema 1 to 3 before it can be read; imaged serve does that: run it where the"
                        + " folder, or a copy, can be written",
                refused.getMessage());
    }

    @Test
    void aNewerSchemaIsRefusedWithTheWayBack() {
        FailedPrecondition refused =
                assertThrows(FailedPrecondition.class, () -> Migration.ALL.requireKnown(Schema.VERSION + 1));

        assertEquals(
                "has schema 4, and this program knows 3 and older; use the imaged that wrote it. To go back, restore a backup"
                        + " from before the upgrade, or dump with the newer imaged and load into a new folder",
                refused.getMessage());
    }
}
