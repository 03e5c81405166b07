package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.errors.ImageException.Unavailable;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.kv.Table;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.write.Committer;
import dev.imaged.server.store.write.Retention;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a view makes of damage. */
class ViewDatabaseTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);

    private final DataLoss loss = new DataLoss("a page is damaged", null);

    private static void create(Committer committer, String name) {
        committer
                .submit(1, transaction -> {
                    transaction.begin("ns").createNow(new Image(name, TARGET));
                    return name;
                })
                .join();
    }

    /** It would be kept, with all that follow it, for ever. */
    @Test
    void aChangeThatIsDamagedWhenItIsDueToBeDroppedIsDamageOfTheView() {
        ViewDatabase view = new ViewDatabase(database);
        CompletableFuture<String> damaged = new CompletableFuture<>();
        view.whenDamaged(() -> damaged.complete("it is"));
        try (Committer committer =
                TestStores.committer(view, new TestClock(), new Retention(2, Duration.ofHours(1)), TestStores.LIMITS)) {
            committer.start();
            create(committer, "a");
            create(committer, "b");
            damageTheOldestChange();

            create(committer, "c");

            assertEquals("it is", damaged.orTimeout(1, TimeUnit.MINUTES).join());
            assertEquals(3, TestStores.images(database).size());
            assertEquals(3, TestStores.changes(database));
        }
    }

    private void damageTheOldestChange() {
        Table changes = Schema.CHANGES.entries();
        byte[] key = Keys.revision(1);
        database.write(batch -> {
            byte[] value = batch.get(changes, key).clone();
            value[value.length - 1] ^= 1;
            batch.put(changes, key, value);
            return batch;
        });
    }

    /** Returns a database of which one method throws, or has no answer but false. */
    private static ViewDatabase failingAt(String failing) {
        return new ViewDatabase((Database) Proxy.newProxyInstance(
                Database.class.getClassLoader(), new Class<?>[] {Database.class}, (self, method, arguments) -> {
                    if (method.getName().equals(failing)) {
                        throw new Unavailable("the disk does not work", null);
                    }
                    return method.getReturnType() == boolean.class ? (Object) false : null;
                }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"noteDamage", "none"})
    void damageThatIsNotNotedIsNotTakenForNoted(String failing) {
        ViewDatabase database = failingAt(failing);
        database.met(loss);

        assertFalse(database.noteIfDamaged());
    }

    @Test
    void whatIsMetWhileTheFolderIsAwayIsNotDamage() {
        ViewDatabase away = failingAt("requirePresent");
        ViewDatabase there = failingAt("none");
        List<String> damaged = new ArrayList<>();
        away.whenDamaged(() -> damaged.add("away"));
        there.whenDamaged(() -> damaged.add("there"));

        away.met(loss);
        there.met(loss);

        assertEquals(List.of("there"), damaged);
    }
}
