package dev.imaged.server.xodus.cleaning;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.ImageStores;
import dev.imaged.images.TestClock;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.xodus.Engines;
import dev.imaged.server.xodus.XodusDatabase;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the engine finds out what is in use of its files: the first calls after a start do not wait for a long survey. */
class SurveyTest {
    private static final int IMAGES = 200;
    private static final long FILE_KIB = 8;

    @TempDir
    Path folder;

    private XodusDatabase open() {
        return Engines.database(folder, FILE_KIB, UnaryOperator.identity());
    }

    private static int surveyMillis(XodusDatabase database) {
        return Engines.environment(database).getEnvironmentConfig().getGcStartIn();
    }

    @Test
    void theEngineSurveysALogOfManyFilesLaterThanOneOfFew() {
        XodusDatabase database = open();
        int few = surveyMillis(database);
        try (ImageStores stores = new DecodedImageStores(TestStores.open(database, new TestClock()))) {
            for (int i = 0; i < IMAGES; i++) {
                stores.namespace("ns").create(Engines.image(i, IMAGES));
            }
        }

        try (XodusDatabase again = open()) {
            int many = surveyMillis(again);
            assertTrue(many > few, many + " ms, and " + few + " ms for a log of one file");
        }
    }
}
