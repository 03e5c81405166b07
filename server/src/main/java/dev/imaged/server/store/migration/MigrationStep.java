package dev.imaged.server.store.migration;

import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a store from one schema to the next, in batches that each fit into memory. {@link Migration} commits a batch together with
 * the position after it. So a step never sees a batch half done, and after a kill the next start goes on where the last batch ended.
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
     * @throws dev.imaged.errors.ImageException.DataLoss when an entry that the step has to read is damaged; the batch is discarded
     *     then
     */
    byte @Nullable [] advance(WriteBatch batch, byte[] position);

    /**
     * Reads everything that has a checksum, in a store of the older schema or one where the step has not finished, and returns a line
     * for each damaged part. A database asks after a power cut, when it does not know whether the last commit is whole.
     */
    List<String> problems(Snapshot snapshot);
}
