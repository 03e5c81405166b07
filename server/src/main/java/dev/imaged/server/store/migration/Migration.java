package dev.imaged.server.store.migration;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Schema;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps from the oldest schema that this program knows to the newest. For a new schema, raise {@link Schema#VERSION} and add a
 * step. Immutable.
 *
 * <p>The first batch of a step commits the new schema and the position in one transaction. From then on an older program refuses the
 * database, because a part of it is new. The marker of the folder gets the new version right after that, so it is never newer than
 * the database. An older program still accepts a folder in which nothing was changed yet.
 */
public final class Migration {
    private static final Logger log = LoggerFactory.getLogger(Migration.class);

    /** All steps, the oldest first. */
    public static final Migration ALL = new Migration(List.of(new Schema1To2(), new Schema2To3()));

    private final List<MigrationStep> steps;

    /** @param steps each starts from the schema that the one before leads to; the last leads to the newest schema */
    public Migration(List<MigrationStep> steps) {
        this.steps = List.copyOf(steps);
    }

    /** Returns the tables of older schemas that the newest does not have. */
    public List<Table> formerTables() {
        return steps.stream().flatMap(step -> step.formerTables().stream()).toList();
    }

    /**
     * Checks that this program can use a store of a schema, with or without a migration.
     *
     * @throws FailedPrecondition when it cannot; the message continues a sentence about the store
     */
    public void requireKnown(int schema) {
        int oldest = Schema.VERSION - steps.size();
        if (schema > Schema.VERSION) {
            throw refused("has schema " + schema + ", and this program knows " + Schema.VERSION
                    + " and older; use the imaged that wrote it. To go back, restore a backup from before the upgrade,"
                    + " or dump with the newer imaged and load into a new folder");
        }
        if (schema < oldest) {
            throw refused("has schema " + schema + ", and this program knows " + oldest + " and newer");
        }
    }

    /** The database makes the message a part of its own sentence. */
    private static ImageException refused(String why) {
        return ImageException.of(ImageException.Code.FAILED_PRECONDITION, why, null);
    }

    /**
     * Checks that a store can be read as it is.
     *
     * @throws FailedPrecondition when it has to be migrated first, or its schema is not known
     */
    public void requireDone(Snapshot snapshot) {
        requireKnown(Meta.schema(snapshot));
        if (isNeeded(snapshot)) {
            throw refused(
                    "has to be migrated from schema " + from(snapshot) + " to " + Schema.VERSION
                            + " before it can be read; imaged serve does that: run it where the folder, or a copy, can be written");
        }
    }

    /** Whether a store has an older schema, or a migration of it has not finished. */
    public boolean isNeeded(Snapshot snapshot) {
        return from(snapshot) < Schema.VERSION;
    }

    /** Returns the schema of a store. If a step has not finished, it is the schema that the step starts from. */
    private static int from(Snapshot snapshot) {
        boolean isUnfinished = Meta.migrationPosition(snapshot) != null;
        return isUnfinished ? Meta.schema(snapshot) - 1 : Meta.schema(snapshot);
    }

    /** Returns a line for each damaged part of a store that has to be migrated. */
    public List<String> problems(Snapshot snapshot) {
        return step(from(snapshot)).problems(snapshot);
    }

    /**
     * Brings a store to the newest schema. A run that was interrupted at any moment can be run again.
     *
     * @throws RuntimeException as {@link Database#write}
     */
    public void run(Database database) {
        int first = database.read(Migration::from);
        if (first < Schema.VERSION) {
            long start = System.nanoTime();
            String what = database.description();
            log.info("{} is migrated from schema {} to {}", what, first, Schema.VERSION);
            for (int from = first; from < Schema.VERSION; from++) {
                run(database, step(from));
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            log.info("{} was migrated from schema {} to {} in {} ms", what, first, Schema.VERSION, took.toMillis());
        }
        database.noteVersion(Schema.VERSION); // a crash, or a restore of an older backup, may have left another version
    }

    private static void run(Database database, MigrationStep step) {
        boolean isDone = false;
        while (!isDone) {
            isDone = database.write(batch -> advance(batch, step));
            database.noteVersion(step.from() + 1);
        }
    }

    /** Returns whether the step is done. */
    private static boolean advance(WriteBatch batch, MigrationStep step) {
        byte[] position = Meta.migrationPosition(batch);
        byte[] next = step.advance(batch, position == null ? new byte[0] : position);
        Meta.migrated(batch, step.from() + 1, next);
        return next == null;
    }

    private MigrationStep step(int from) {
        return steps.get(from - (Schema.VERSION - steps.size()));
    }
}
