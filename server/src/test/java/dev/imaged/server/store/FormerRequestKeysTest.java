package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Operation;
import dev.imaged.images.RequestOptions;
import dev.imaged.images.TestClock;
import dev.imaged.images.Transactions;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Schema;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Stores that list request ids without their namespaces. */
class FormerRequestKeysTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);

    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private final ImageStores stores = new DecodedImageStores(TestStores.open(database, new TestClock()));
    private final Transactions transactions = stores.transactions("ns").orElseThrow();

    @AfterEach
    void close() {
        stores.close();
    }

    private static Apply request(String name, String id) {
        return Apply.of(Operation.create(new Image(name, TARGET))).with(RequestOptions.DEFAULT.withRequestId(id));
    }

    /** Gives a commit the entry of the former schema. */
    private void makeFormer(String id, long revision) {
        database.write(batch -> {
            batch.delete(Schema.REQUESTS, Keys.request("ns", id));
            batch.put(Schema.REQUESTS, Keys.utf8(id), Keys.revision(revision));
            return batch;
        });
    }

    private CheckReport check() {
        return database.read(snapshot -> new StoreCheck(snapshot).run(List.of()));
    }

    @Test
    void idsOfKeptCommitsGetTheirNamespacesAndTheOthersAreDropped() {
        Applied first = transactions.apply(request("a", "id-1"));
        Applied second = transactions.apply(request("b", "id-2"));
        makeFormer("id-1", first.position().revision());
        makeFormer("dropped", 1_000_000);
        makeFormer("another", second.position().revision());
        database.write(batch -> {
            batch.delete(Schema.META, Keys.utf8("request ids"));
            return batch;
        });
        assertFalse(check().isSound());

        TestStores.CONTENTS.migrate(database);

        assertEquals(List.of(), check().problems());
        assertEquals(2, check().entries().get("request ids"));
        assertEquals(first.position(), transactions.apply(request("a", "id-1")).position(), "it is not done again");
        TestStores.CONTENTS.migrate(database);
        assertEquals(List.of(), check().problems());
    }
}
