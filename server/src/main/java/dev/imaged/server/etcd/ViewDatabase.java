package dev.imaged.server.etcd;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.maintenance.BackupSink;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.FollowedStore;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.kv.Space;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.kv.WriteActivity;
import dev.imaged.server.store.kv.WriteBatch;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database of a view, which notices that it is damaged: then the view is made again. Thread-safe as the database. */
final class ViewDatabase implements Database {
    private static final Logger log = LoggerFactory.getLogger(ViewDatabase.class);

    private final Database database;
    private @Nullable String damage;
    private @Nullable Runnable listener;

    ViewDatabase(Database database) {
        this.database = database;
    }

    /**
     * Looks whether an error says that the database is damaged. During a write that fails, reads may meet half of it, so nothing is
     * concluded from them then.
     */
    void met(Throwable error) {
        if (StorageErrors.isDamage(error) && !database.hasFailed()) {
            damaged(String.valueOf(error.getMessage()));
        }
    }

    /** Notes damage, and calls the listener. What is met while the files are not where they were says nothing about them. */
    private void damaged(String what) {
        if (!isPresent()) {
            return;
        }
        Runnable told;
        synchronized (this) {
            if (damage != null) {
                return;
            }
            damage = what;
            told = listener;
        }
        if (told != null) {
            told.run();
        }
    }

    private boolean isPresent() {
        try {
            database.requirePresent();
            return true;
        } catch (Unavailable e) {
            return false;
        }
    }

    /** Sets the listener, which is called once, when the database is damaged. It must not block. */
    void whenDamaged(Runnable damaged) {
        boolean isDamaged;
        synchronized (this) {
            listener = damaged;
            isDamaged = damage != null;
        }
        if (isDamaged) {
            damaged.run();
        }
    }

    /** Notes that a new database has to be made instead of this one, if this one is damaged; returns whether that is noted. */
    boolean noteIfDamaged() {
        String what;
        synchronized (this) {
            what = damage;
        }
        if (what == null) {
            return false;
        }
        try {
            return database.noteDamage(what);
        } catch (ImageException e) {
            log.warn("{}", e.getMessage());
            return false;
        }
    }

    /** Runs something that needs the database, and looks what it meets. */
    private <T extends @Nullable Object> T run(Function<Database, T> body) {
        try {
            return body.apply(database);
        } catch (ImageException e) {
            met(e);
            throw e;
        }
    }

    @Override
    public String name() {
        return database.name();
    }

    @Override
    public <T extends @Nullable Object> T read(Function<Snapshot, T> body) {
        return this.<T>run(of -> of.read(body));
    }

    @Override
    public <T extends @Nullable Object> T readOnce(Function<Snapshot, T> body) {
        return this.<T>run(of -> of.readOnce(body));
    }

    @Override
    public <T extends @Nullable Object> T write(Function<WriteBatch, T> body) {
        return this.<T>run(of -> of.write(body));
    }

    @Override
    public boolean hasFailed() {
        return database.hasFailed();
    }

    @Override
    public void recover() {
        try {
            database.recover();
        } catch (ImageException e) {
            if (StorageErrors.isDamage(e)) { // it could not be opened again
                damaged(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    @Override
    public void requirePresent() {
        database.requirePresent();
    }

    @Override
    public boolean reserveRoom() {
        return database.reserveRoom();
    }

    @Override
    public void releaseRoom() {
        database.releaseRoom();
    }

    @Override
    public void noteVersion(int version) {
        database.noteVersion(version);
    }

    @Override
    public void noteCopy(@Nullable FollowedStore of) {
        database.noteCopy(of);
    }

    @Override
    public boolean noteDamage(String what) {
        return database.noteDamage(what);
    }

    @Override
    public boolean deleteKept() {
        return database.deleteKept();
    }

    @Override
    public void tidy(WriteActivity now) {
        database.tidy(now);
    }

    @Override
    public Object identity() {
        return database.identity();
    }

    @Override
    public Space space() {
        return database.space();
    }

    @Override
    public List<String> fileProblems() {
        return database.fileProblems();
    }

    @Override
    public long backup(BackupSink sink) throws IOException {
        try {
            return database.backup(sink);
        } catch (ImageException e) {
            met(e);
            throw e;
        }
    }

    @Override
    public String description() {
        return database.description();
    }

    @Override
    public void close() {
        database.close();
    }
}
