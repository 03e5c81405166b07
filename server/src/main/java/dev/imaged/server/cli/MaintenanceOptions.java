package dev.imaged.server.cli;

import dev.imaged.errors.ImageException.Unimplemented;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.remote.RemoteMaintenance;
import dev.imaged.server.StoreFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that name a store: that of a daemon, or one in a data folder that no daemon serves. There is no timeout, because work on
 * a whole store may take long.
 */
public class MaintenanceOptions extends AddressOptions {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "A data folder that no daemon serves, instead of a daemon.")
    private @Nullable Path data;

    /** An action on a store. */
    interface Action<T> {
        T run(Maintenance maintenance) throws IOException;
    }

    /** Calls an action that is about one daemon with its store, and closes it. */
    final <T> T callOne(Action<T> action) throws IOException {
        if (data == null) {
            requireOne();
        }
        return call(action);
    }

    /** Calls an action with the store, and closes it. */
    final <T> T call(Action<T> action) throws IOException {
        try (Maintenance maintenance = data == null ? new RemoteMaintenance(connect()) : StoreFolder.open(data)) {
            return action.run(maintenance);
        } catch (Unimplemented e) {
            throw new Unimplemented(
                    address() + " does not offer this: a daemon does so on its unix sockets only (" + e.getMessage()
                            + ")",
                    e);
        }
    }
}
