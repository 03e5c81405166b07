package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.Unavailable;
import java.time.Clock;
import org.junit.jupiter.api.Test;

class InMemoryImageStoresTest extends ImageStoreContract {
    @Override
    protected ImageStores open(Clock clock) {
        return new InMemoryImageStores(clock, 100);
    }

    @Test
    void closedStoresAreUnavailable() {
        stores().close();

        assertThrows(Unavailable.class, () -> store().list());
    }
}
