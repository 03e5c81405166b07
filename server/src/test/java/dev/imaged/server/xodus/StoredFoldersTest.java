package dev.imaged.server.xodus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.StoreEngine;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.migration.StoreLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data folders that older versions of the daemon left when they were killed open as they are. */
class StoredFoldersTest {
    @TempDir
    Path folder;

    /** From before there was a list of the files, a note of what was acknowledged, and an owner in the checksums. */
    @Test
    void aFolderOfSchema2WithTheFirstFormOfChecksumsIsServedAndWritten() throws IOException {
        StoredFolder.unzip("schema-2.zip", folder);
        List<Image> before;
        try (StoreEngine engine = Engines.open(folder, new TestClock());
                ImageStores stores = new DecodedImageStores(engine)) {
            before = stores.namespace("default").list();
            assertEquals(names(), before.stream().map(Image::name).toList());
            assertEquals(
                    12,
                    stores.namespace("default")
                            .list(List.of("labels.team==moved"))
                            .size());
            assertEquals(
                    1_500_000,
                    annotation(stores.namespace("other").get("large")).length());
            stores.namespace("new").create(new Image("new", new Descriptor("m", "sha256:" + "b".repeat(64), 1)));
        }
        try (XodusDatabase database = Engines.database(folder)) {
            assertEquals(List.of(), TestStores.problems(database));
            assertEquals(53, TestStores.revision(database));
        }
    }

    @Test
    void aFolderOfSchema2KeepsImagesTimesRevisionsChangesAndHistory() throws IOException {
        StoredFolder.unzip("schema-2.zip", folder);
        try (XodusDatabase database = Engines.database(folder)) {
            assertEquals(
                    String.join("\n", StoredFolder.lines("schema-2.txt")), String.join("\n", StoreLines.of(database)));
        }
        assertEquals("3\n", Files.readString(folder.resolve("imaged.schema")));
    }

    @Test
    void aPowerCutAtAnyMomentOfTheFirstStartOfAFolderOfSchema2CostsNothing() throws IOException {
        StoredFolder.unzip("schema-2.zip", folder.resolve("whole"));
        RecordedDisk disk = new RecordedDisk(folder.resolve("whole/xodus"));
        XodusDatabase.open(
                        folder.resolve("whole"),
                        TestStores.CONTENTS,
                        8 << 20,
                        OpenDatabase.LOG_FILE_KIB,
                        disk::recording)
                .close();
        for (int step = 0; step <= disk.size(); step++) {
            Path cut = folder.resolve("cut-" + step);
            Files.createDirectories(cut.resolve("xodus"));
            disk.cut(step, new Random(step), cut.resolve("xodus"));
            // The marker is written after the batch, and both orders have to do.
            Files.writeString(cut.resolve("imaged.schema"), step % 2 == 0 ? "2\n" : "3\n");
            try (XodusDatabase database = Engines.database(cut)) {
                assertEquals(StoredFolder.lines("schema-2.txt"), StoreLines.of(database), "cut at step " + step);
                assertEquals(List.of(), TestStores.problems(database));
            }
        }
    }

    /** Thirty were created, every other was moved, and every fifth deleted. */
    private static List<String> names() {
        return IntStream.range(0, 30)
                .filter(i -> i % 5 != 0)
                .mapToObj(i -> "docker.io/library/app-" + i + ":v1")
                .sorted()
                .toList();
    }

    private static String annotation(Image image) {
        return Map.copyOf(image.target().annotations()).get("k");
    }
}
