package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.server.store.migration.Migration;
import dev.imaged.server.xodus.StoredFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A data folder of schema 1, which an older daemon left. */
class OlderSchemaTest {
    @RegisterExtension
    final LogRecorder log = new LogRecorder(Migration.class);

    @TempDir
    Path folder;

    @BeforeEach
    void unzip() throws IOException {
        StoredFolder.unzip("schema-1.zip", folder);
    }

    @Test
    void theLogSaysFromWhichSchemaToWhichAStoreIsMigratedAndHowLongThatTook() {
        StoreFolder.open(folder).close();

        List<String> messages = log.messages();
        assertEquals(2, messages.size(), messages::toString);
        assertEquals("data folder " + folder + " is migrated from schema 1 to 3", messages.get(0));
        String end = "data folder " + folder + " was migrated from schema 1 to 3 in ";
        assertTrue(messages.get(1).startsWith(end), messages.get(1));
        assertTrue(messages.get(1).substring(end.length()).matches("[0-9]+ ms"), messages.get(1));

        StoreFolder.open(folder).close();
        assertEquals(2, log.messages().size());
    }

    @Test
    void whatIsCopiedFromItHasToBeMigratedFirstAndItStaysAsItIs() throws IOException {
        byte[] file = Files.readAllBytes(folder.resolve("xodus/00000000000.xd"));

        FailedPrecondition refused = assertThrows(FailedPrecondition.class, () -> {
            try (Maintenance store = StoreFolder.openReadOnly(folder)) {
                store.stats();
            }
        });

        assertTrue(refused.getMessage().contains("has to be migrated from schema 1 to 3"), refused.getMessage());
        assertEquals("1\n", Files.readString(folder.resolve("imaged.schema")));
        assertEquals(file.length, Files.size(folder.resolve("xodus/00000000000.xd")));
    }
}
