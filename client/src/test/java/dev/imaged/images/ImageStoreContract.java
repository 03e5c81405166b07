package dev.imaged.images;

import java.time.Clock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What every image store gives, whatever keeps the images and whatever lies between: containerd's Images API as its
 * callers observe it. A new engine or client is a subclass that opens it, and the tests that only it needs.
 */
public abstract class ImageStoreContract
        implements CreateContract,
                UpdateContract,
                DeleteContract,
                ListContract,
                ObservedFiltersContract,
                NamespaceContract,
                ConcurrencyContract,
                ChangesContract,
                PublisherContract,
                ImageViewContract,
                ModelContract,
                PagesContract,
                StreamContract,
                HistoryContract,
                ApplyContract,
                ConditionContract,
                RequestIdContract,
                RevertContract,
                ModifyContract {
    private final TestClock clock = new TestClock();
    private ImageStores stores;

    /** Opens stores without images that take the time from {@code clock} and keep 100 changes, or a few more. */
    protected abstract ImageStores open(Clock clock) throws Exception;

    @BeforeEach
    final void openStores() throws Exception {
        stores = open(clock);
    }

    @AfterEach
    final void closeStores() {
        stores.close();
    }

    @Override
    public final ImageStores stores() {
        return stores;
    }

    @Override
    public final TestClock clock() {
        return clock;
    }
}
