package dev.imaged.server.store;

import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.List;
import java.util.UUID;

/** What a database has to know of a store to open it, and to check it after a power cut. Thread-safe. */
public final class StoreContents implements Contents {
    @Override
    public int version() {
        return Schema.VERSION;
    }

    @Override
    public List<Table> tables() {
        return Schema.TABLES;
    }

    @Override
    public void initialise(WriteBatch batch) {
        Meta.initialise(batch, UUID.randomUUID());
    }

    @Override
    public void requireReadable(Snapshot snapshot) {
        Meta.requireKnownSchema(snapshot);
    }

    @Override
    public long revision(Snapshot snapshot) {
        return Revisions.last(snapshot);
    }

    @Override
    public List<String> problems(Snapshot snapshot) {
        return new StoreCheck(snapshot).run(List.of()).problems();
    }
}
