package dev.imaged.server.store;

import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.kv.WriteBatch;
import dev.imaged.server.store.migration.Migration;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.List;
import java.util.UUID;

/**
 * The store as the contents of a database: how to open, migrate and check it. Thread-safe.
 */
public final class StoreContents implements Contents {
    private final Migration migration;

    public StoreContents() {
        this(Migration.ALL);
    }

    public StoreContents(Migration migration) {
        this.migration = migration;
    }

    @Override
    public int version() {
        return Schema.VERSION;
    }

    @Override
    public void requireKnown(int version) {
        migration.requireKnown(version);
    }

    @Override
    public List<Table> tables() {
        return Schema.TABLES;
    }

    @Override
    public List<Table> formerTables() {
        return migration.formerTables();
    }

    @Override
    public void initialise(WriteBatch batch) {
        if (Meta.isNew(batch)) {
            Meta.initialise(batch, UUID.randomUUID());
        } else {
            migration.requireKnown(Meta.schema(batch));
        }
    }

    @Override
    public void migrate(Database database) {
        migration.run(database);
        FormerRequestKeys.replaceAll(database);
    }

    /**
     * Gives a store that was restored a life of its own: it will give out revisions again that the store of the backup has given out. A copy
     * of another store gives out no revisions, so it keeps its id.
     */
    public static void beginNewLife(Database database) {
        database.write(batch -> {
            if (Meta.base(batch) == null) {
                Meta.instanceId(batch, UUID.randomUUID());
            }
            return batch;
        });
    }

    @Override
    public void requireReadable(Snapshot snapshot) {
        migration.requireDone(snapshot);
    }

    @Override
    public long revision(Snapshot snapshot) {
        return Revisions.last(snapshot);
    }

    @Override
    public boolean mayGoBack(Snapshot snapshot) {
        return Meta.base(snapshot) != null;
    }

    @Override
    public List<String> problems(Snapshot snapshot) {
        return migration.isNeeded(snapshot)
                ? migration.problems(snapshot)
                : new StoreCheck(snapshot).run(List.of()).problems();
    }
}
