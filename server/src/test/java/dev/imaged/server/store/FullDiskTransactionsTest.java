package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Apply;
import dev.imaged.images.Image;
import dev.imaged.images.Operation;
import dev.imaged.images.TestClock;
import dev.imaged.images.Transactions;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.MemoryDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On a full disk, an apply is taken if all that it does is to make room. */
@Timeout(60)
class FullDiskTransactionsTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    /** Whether the next write finds that the disk is full. */
    private final AtomicBoolean fillsUp = new AtomicBoolean();

    private final DecodedImageStores stores = new DecodedImageStores(
            TestStores.open(withoutRoom(new MemoryDatabase(TestStores.CONTENTS)), new TestClock()));
    private final Transactions transactions = stores.transactions("x").orElseThrow();

    @AfterEach
    void close() {
        stores.close();
    }

    /** Returns a database that has no room left for anything but deletes once a write has failed. */
    private Database withoutRoom(Database database) {
        return (Database) Proxy.newProxyInstance(
                Database.class.getClassLoader(), new Class<?>[] {Database.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("reserveRoom")) {
                        return false;
                    } else if (method.getName().equals("write") && fillsUp.getAndSet(false)) {
                        throw new UncheckedIOException(new IOException("No space left on device"));
                    }
                    try {
                        return method.invoke(database, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void deletesAreTakenAndAllElseIsRefused() {
        Operation create = Operation.create(new Image("new", TARGET));
        List<Operation> deletes = List.of(
                Operation.delete("a"),
                Operation.delete("b"),
                Operation.delete("c").ignoringMissing());
        transactions.apply(Apply.of(
                Operation.create(new Image("a", TARGET)),
                Operation.create(new Image("b", TARGET)),
                Operation.create(new Image("kept", TARGET))));
        fillsUp.set(true);
        assertThrows(ResourceExhausted.class, () -> transactions.apply(Apply.of(create)));

        while (!isTaken(Apply.of(deletes))) {
            Thread.onSpinWait(); // the store finds out what it can still do
        }

        assertThrows(ResourceExhausted.class, () -> transactions.apply(Apply.of(create)));
        assertThrows(ResourceExhausted.class, () -> transactions.apply(Apply.of(create, Operation.delete("kept"))));
        assertEquals(
                List.of("kept"),
                stores.namespace("x").list().stream().map(Image::name).toList());
    }

    private boolean isTaken(Apply apply) {
        try {
            transactions.apply(apply);
            return true;
        } catch (ResourceExhausted e) {
            return false;
        }
    }
}
