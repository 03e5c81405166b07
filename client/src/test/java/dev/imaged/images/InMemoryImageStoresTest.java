package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.errors.ImageException.Unavailable;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;

class InMemoryImageStoresTest extends ImageStoreContract implements AsyncContract {
    @Override
    protected ImageStores open(Clock clock) {
        return new InMemoryImageStores(clock, 100);
    }

    @Test
    void aWatchThatReadsTooLateIsLostOrRestarts() {
        WatchOptions here = WatchOptions.namespace("contract");
        try (Follower late = new Follower(stores(), here);
                Follower restarting = new Follower(stores(), here.restarting());
                Follower unconcerned = new Follower(stores(), here.filters(List.of("name==last")))) {
            for (Follower follower : List.of(late, restarting, unconcerned)) {
                follower.event();
            }
            for (int i = 0; i < 101; i++) {
                store().create(new Image("n" + i, ContractFixture.TARGET_A));
            }
            store().create(new Image("last", ContractFixture.TARGET_A));

            assertEquals(
                    "REVISION_DROPPED",
                    assertThrows(OutOfRange.class, late::event).reason());
            assertEquals(102, restarting.snapshot().size());
            assertEquals("last", unconcerned.changes(1).get(0).name());
        }
    }

    @Test
    void closedStoresAreUnavailable() {
        stores().close();

        assertThrows(Unavailable.class, () -> store().list());
    }
}
