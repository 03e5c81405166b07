package dev.imaged.server.store;

import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.server.engine.DecodedImageStores;
import java.time.Clock;

/** The contract over a database that is nothing but ordered maps: the store asks for no more of one. */
class MemoryStoreTest extends ImageStoreContract {
    @Override
    protected ImageStores open(Clock clock) {
        return new DecodedImageStores(TestStores.inMemory(clock));
    }
}
