package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Page;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Pages;
import dev.imaged.images.TestClock;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.engine.DecodedImageStores;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pages of lists that look at many images and find few. */
class StoreListingTest {
    private static final Descriptor TARGET = new Descriptor("m", "sha256:" + "a".repeat(64), 1);
    private static final Descriptor RARE = new Descriptor("rare", "sha256:" + "b".repeat(64), 1);

    /** No index serves it. */
    private static final ListOptions RARE_ONES = ListOptions.DEFAULT.withFilters(List.of("target.mediatype==rare"));

    @Test
    void aPageThatLookedAtManyImagesIsEmptyAndNotTheLast() throws Exception {
        StoreEngine engine = TestStores.inMemory(new TestClock());
        try (DecodedImageStores stores = new DecodedImageStores(engine)) {
            load(engine);
            Pages pages = stores.pages("ns").orElseThrow();
            Page first = pages.page(PageOptions.first(RARE_ONES));
            assertEquals(List.of(), first.images());
            assertFalse(first.isLast());

            stores.namespace("ns").delete("n100000");
            stores.namespace("ns").create(new Image("n200000", RARE));
            Page second = pages.page(PageOptions.first(RARE_ONES).after(first));
            assertEquals(1, second.images().size());
            assertEquals("n100000", second.images().get(0).image().name());
            assertEquals(first.position(), second.position());
            assertTrue(second.isLast());
        }
    }

    /** Loads 50,001 images, of which the last is rare. */
    private static void load(StoreEngine engine) throws Exception {
        Maintenance maintenance = engine.maintenance();
        try (Maintenance.Load load = maintenance.load(true)) {
            for (int i = 0; i < 50_000; i++) {
                load.add(new NamespacedImage("ns", new Image("n%06d".formatted(i), TARGET)));
            }
            load.add(new NamespacedImage("ns", new Image("n100000", RARE)));
            load.finish();
        }
    }
}
