package dev.imaged.server.store.migration;

import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.ChangeCodec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From schema 2 to schema 3. In schema 2 a commit had one change, without a cause, and there were no request ids. What it stored stays
 * as it is.
 */
public final class Schema2To3 implements MigrationStep {
    @Override
    public int from() {
        return 2;
    }

    @Override
    public List<Table> formerTables() {
        return List.of();
    }

    @Override
    public byte @Nullable [] advance(WriteBatch batch, byte[] position) {
        return null;
    }

    @Override
    public List<String> problems(Snapshot snapshot) {
        return StoreReading.problems(snapshot, ChangeCodec::decode);
    }
}
