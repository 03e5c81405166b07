package dev.imaged.server.store.migration;

import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a store from one schema to the next, in batches that each fit into memory. {@link Migration} commits a batch together with
 * the position after it, so a step never sees its own work half done, and a start after a kill goes on where the last batch ended.
 */
public interface MigrationStep {
    /** Returns the schema that the step starts from; it leads to the next higher one. */
    int from();

    /** Returns the tables of the older schema that the newer does not have. */
    List<Table> formerTables();

    /**
     * Does one batch of the work.
     *
     * @param position what the batch before returned; empty for the first batch
     * @return the position for the next batch, null when the step is done
     * @throws dev.imaged.errors.ImageException.DataLoss when something is damaged that the step has to read; nothing of the batch is
     *     kept then
     */
    byte @Nullable [] advance(WriteBatch batch, byte[] position);

    /**
     * Reads everything that has a checksum, in a store of the older schema or one where the step has not finished, and returns what is
     * damaged, in a line each. A database asks after a power cut, when it does not know whether the last commit is whole.
     */
    List<String> problems(Snapshot snapshot);
}
