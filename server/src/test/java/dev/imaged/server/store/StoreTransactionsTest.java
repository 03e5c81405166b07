package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.Revert;
import dev.imaged.images.TestClock;
import dev.imaged.images.Transactions;
import dev.imaged.images.Undo;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Cause;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Retention;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What transactions write to the log, and what is left of it once that is dropped. */
class StoreTransactionsTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private final DecodedImageStores stores =
            new DecodedImageStores(TestStores.open(database, new TestClock(), new Retention(20, Duration.ofDays(1))));

    @AfterEach
    void close() {
        stores.close();
    }

    private Transactions transactions() {
        return stores.transactions("x").orElseThrow();
    }

    private ImageStore store() {
        return stores.namespace("x");
    }

    private List<Change> commit(long revision) {
        return database.read(snapshot -> ChangeLog.commit(snapshot, revision));
    }

    @Test
    void theChangesOfACommitAreInTheOrderOfTheirNamesAndSayWhoAskedForThem() {
        store().create(new Image("😀", TARGET));
        RequestOptions options = RequestOptions.DEFAULT.withRequestId("id").withReason("release");
        long revision = transactions()
                .apply(Apply.of(
                                Operation.delete("😀"),
                                Operation.create(new Image("z", TARGET)),
                                Operation.create(new Image("\uFFFD", TARGET)),
                                Operation.create(new Image("a", TARGET)))
                        .with(options))
                .position()
                .revision();

        List<Change> changes = commit(revision);

        assertEquals(
                List.of("a", "z", "\uFFFD", "😀"),
                changes.stream().map(Change::name).toList());
        assertEquals(List.of(0, 1, 2, 3), changes.stream().map(Change::index).toList());
        for (Change change : changes) {
            assertEquals("id", change.cause().requestId());
            assertEquals("release", change.cause().reason());
            assertEquals(16, change.cause().requestHash().size());
        }
        long undo = transactions().undo(Undo.of(revision)).position().revision();
        assertEquals(revision, commit(undo).get(0).cause().undoneRevision());
        assertEquals(List.of(), TestStores.problems(database));
    }

    @Test
    void aRequestWithoutAnIdOrAReasonStoresNoCause() {
        long revision = transactions()
                .apply(Apply.of(Operation.create(new Image("a", TARGET))))
                .position()
                .revision();

        assertEquals(Cause.UNKNOWN, commit(revision).get(0).cause());
        assertEquals(0L, requests());
    }

    private long requests() {
        return database.read(snapshot -> snapshot.count(Schema.REQUESTS));
    }

    @Test
    void anIdIsForgottenWithItsCommit() {
        Apply request =
                Apply.of(Operation.put(new Image("a", TARGET))).with(RequestOptions.DEFAULT.withRequestId("id"));
        transactions().apply(request);
        assertEquals(1L, requests());
        for (int i = 0; i < 50; i++) {
            store().create(new Image("other" + i, TARGET));
        }
        assertEquals(0L, requests());
        store().delete("a");

        Applied again = transactions().apply(request);

        assertFalse(again.replayed());
        assertEquals("a", store().get("a").name());
        assertTrue(transactions().apply(request).replayed());
        assertEquals(List.of(), TestStores.problems(database));
    }

    @Test
    void aCommitThatIsDroppedWhileItsUndoWaitsIsNotUndone() {
        AtomicInteger reads = new AtomicInteger();
        Runnable drop = () -> {
            for (int i = 0; i < 50; i++) {
                store().create(new Image("other" + i, TARGET));
            }
        };
        Database hooked = afterReads(database, () -> {
            if (reads.decrementAndGet() == 0) {
                drop.run();
            }
        });
        store().create(new Image("a", TARGET));
        store().delete("a");
        long deleted = database.read(Revisions::last);
        StoreEngine engine = TestStores.open(hooked, new TestClock(), new Retention(20, Duration.ofDays(1)));
        try (ImageStores other = new DecodedImageStores(engine)) {
            reads.set(2); // of the id, and of the commit
            OutOfRange error = assertThrows(
                    OutOfRange.class,
                    () -> other.transactions("x").orElseThrow().undo(Undo.of(deleted)));
            assertEquals("REVISION_DROPPED", error.reason());
        }
    }

    /** A database that runs something after each read of this thread. */
    private static Database afterReads(Database database, Runnable hook) {
        Thread caller = Thread.currentThread();
        return (Database) Proxy.newProxyInstance(
                Database.class.getClassLoader(), new Class<?>[] {Database.class}, (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(database, arguments);
                        if (method.getName().equals("read") && Thread.currentThread() == caller) {
                            hook.run();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void whatIsNotKeptCannotBeRevertedToNorUndone() {
        long revision = transactions()
                .apply(Apply.of(Operation.create(new Image("a", TARGET))))
                .position()
                .revision();
        for (int i = 0; i < 50; i++) {
            store().create(new Image("other" + i, TARGET));
        }

        OutOfRange revert =
                assertThrows(OutOfRange.class, () -> transactions().revert(Revert.of("a", AsOf.revision(revision))));
        OutOfRange undo = assertThrows(OutOfRange.class, () -> transactions().undo(Undo.of(revision)));

        assertEquals("REVISION_DROPPED", revert.reason());
        assertEquals("REVISION_DROPPED", undo.reason());
        assertTrue(undo.getMessage().startsWith("revision 1 is not kept any more"), undo.getMessage());
    }

    @Test
    void anAnswerThatWouldNotFitIntoAMessageChangesNothing() {
        store().create(new Image("large", TARGET.withAnnotations(Map.of("k", "v".repeat(6 << 20)))));
        List<Operation> tags = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            tags.add(Operation.tag("large", "tag" + i));
        }

        ResourceExhausted error =
                assertThrows(ResourceExhausted.class, () -> transactions().apply(Apply.of(tags)));

        assertEquals("TOO_LARGE", error.reason());
        assertEquals(1, store().list().size());
        transactions().apply(Apply.of(tags.subList(0, 2)));
        assertEquals(List.of(), TestStores.problems(database));
    }

    @Test
    void imagesThatTakeTooMuchMemoryAreNotReadAtOnce() {
        List<Operation> deletes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            store().create(new Image("large" + i, TARGET.withAnnotations(Map.of("k", "v".repeat(10 << 20)))));
            deletes.add(Operation.delete("large" + i));
        }

        ResourceExhausted error =
                assertThrows(ResourceExhausted.class, () -> transactions().apply(Apply.of(deletes)));

        assertEquals("TOO_LARGE", error.reason());
        transactions().apply(Apply.of(deletes.subList(0, 3)));
        assertEquals(
                List.of("large3"),
                TestStores.images(database).stream().map(Image::name).toList());
    }
}
