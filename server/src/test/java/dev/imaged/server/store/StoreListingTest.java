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
import dev.imaged.server.engine.AnswerLimits;
import dev.imaged.server.engine.DecodedImageStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Pages of lists that look at many images, or find many. */
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

    @Test
    void allPagesOfAListByAnIndexReadAsMuchAsThereIsToFindAndNoneReadsMoreThanOthers() throws Exception {
        int hits = Integer.getInteger("imaged.listing.hits", 20_000); // 100,000 take five times as long
        MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
        StoreEngine engine = TestStores.open(database, new TestClock());
        try (DecodedImageStores stores = new DecodedImageStores(engine)) {
            try (Maintenance.Load load = engine.maintenance().load(true)) {
                for (int i = 0; i < hits; i++) {
                    load.add(new NamespacedImage("ns", new Image("n%06d".formatted(i), Map.of("team", "web"), TARGET)));
                }
                load.finish();
            }
            Pages pages = stores.pages("ns").orElseThrow();
            for (String filter : List.of("labels.team==web", "target.digest==" + TARGET.digest())) {
                PageOptions options = PageOptions.first(ListOptions.DEFAULT.withFilters(List.of(filter)))
                        .withSize(100);
                long start = database.reads();
                long most = 0;
                int found = 0;
                Page page;
                do {
                    long before = database.reads();
                    page = pages.page(options);
                    most = Math.max(most, database.reads() - before);
                    found += page.images().size();
                    options = options.after(page);
                } while (!page.isLast());

                assertEquals(hits, found);
                long all = database.reads() - start;
                assertTrue(all < 3L * hits, () -> all + " reads for " + hits + " images");
                assertTrue(most < 300, most + " reads for a page of 100");
            }
        }
    }

    @Test
    void pagesOfSeveralIndexesAreTheListEachImageOnceAndInOrder() {
        StoreEngine engine = TestStores.inMemory(new TestClock());
        try (DecodedImageStores stores = new DecodedImageStores(engine)) {
            for (int i = 0; i < 60; i++) {
                String name = i % 7 == 0 ? "n%02d\0".formatted(i) : "n%02d".formatted(i);
                Map<String, String> labels = Map.of("two", "" + i % 2, "three", "" + i % 3);
                stores.namespace("ns").create(new Image(name, labels, i % 5 == 0 ? RARE : TARGET));
            }
            List<String> filters = List.of(
                    "labels.two==1",
                    "labels.three==2",
                    "target.digest==" + RARE.digest(),
                    "name==n04",
                    "name==n31",
                    "name==none",
                    "labels.two==9");
            List<Image> all = stores.namespace("ns").list(filters);
            assertEquals(45, all.size());
            stores.namespace("other").create(new Image("n31", Map.of("two", "1"), RARE));
            for (int size = 1; size <= 50; size += 7) {
                assertEquals(all, pages(stores, size, filters.toArray(new String[0])));
            }
        }
    }

    @Test
    void aLabelValueIsNotTheStartOfAnotherWhenTheImagesAreInMemory() throws Exception {
        StoreEngine engine = TestStores.inMemory(new TestClock());
        try (DecodedImageStores stores = new DecodedImageStores(engine)) {
            stores.namespace("ns").create(new Image("bar", Map.of("k", "a"), TARGET));
            stores.namespace("ns").create(new Image("foo", Map.of("k", "a\0b"), TARGET));
            stores.namespace("ns").create(new Image("zoo", Map.of("k", "a"), TARGET));
            while (engine.namespace("ns").list(List.of()).answerNow(new AnswerLimits(0, 0, 1 << 20)) == null) {
                Thread.sleep(1); // the namespace is read on another thread
            }

            assertEquals(
                    List.of("bar", "foo", "zoo"),
                    pages(stores, 1, "labels.k==a", "name==foo").stream()
                            .map(Image::name)
                            .toList());
        }
    }

    @Test
    void equalFiltersReadAsMuchAsOne() {
        MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
        try (DecodedImageStores stores = new DecodedImageStores(TestStores.open(database, new TestClock()))) {
            for (int i = 0; i < 50; i++) {
                stores.namespace("ns").create(new Image("n%02d".formatted(i), Map.of("a", "b"), TARGET));
            }
            String[] equal = new String[1000];
            Arrays.fill(equal, "labels.a==b");

            long start = database.reads();
            assertEquals(50, pages(stores, 100, equal).size());
            long reads = database.reads() - start;
            assertTrue(reads < 500, () -> reads + " reads for 50 images");
        }
    }

    @Test
    void aPageOfManyRangesWithTheSameImagesHasABound() throws Exception {
        MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
        StoreEngine engine = TestStores.open(database, new TestClock());
        try (DecodedImageStores stores = new DecodedImageStores(engine)) {
            Map<String, String> labels = new HashMap<>();
            List<String> filters = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                labels.put("l" + i, "x");
                filters.add("labels.l" + i + "==x");
            }
            int images = 600;
            try (Maintenance.Load load = engine.maintenance().load(true)) {
                for (int i = 0; i < images; i++) {
                    load.add(new NamespacedImage("ns", new Image("n%03d".formatted(i), labels, TARGET)));
                }
                load.finish();
            }

            PageOptions options = PageOptions.first(ListOptions.DEFAULT.withFilters(filters));
            long start = database.reads();
            Page first = stores.pages("ns").orElseThrow().page(options.withSize(images));
            long reads = database.reads() - start;
            assertTrue(reads < 70_000, () -> reads + " reads for a page");
            assertFalse(first.isLast());
            assertEquals(stores.namespace("ns").list(), pages(stores, images, filters.toArray(new String[0])));
        }
    }

    /** Reads all pages of a list. */
    private static List<Image> pages(DecodedImageStores stores, int size, String... filters) {
        PageOptions options = PageOptions.first(ListOptions.DEFAULT.withFilters(List.of(filters)))
                .withSize(size);
        List<Image> found = new ArrayList<>();
        Page page;
        do {
            page = stores.pages("ns").orElseThrow().page(options);
            page.images().forEach(image -> found.add(image.image()));
            options = options.after(page);
            assertTrue(found.size() < 10_000, "the pages have no end");
        } while (!page.isLast());
        return found;
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
