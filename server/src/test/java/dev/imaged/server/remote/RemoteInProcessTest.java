package dev.imaged.server.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.AsyncContract;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStoreContract;
import dev.imaged.images.ImageStores;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.xodus.Engines;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client and the service without a socket between them. */
class RemoteInProcessTest extends ImageStoreContract implements AsyncContract {
    @TempDir
    Path folder;

    @Override
    protected ImageStores open(Clock clock) throws IOException {
        return InProcessDaemon.serve(Engines.open(folder, clock));
    }

    @Test
    void aLeaseThatAHeaderCannotCarryIsRefused() {
        Image image = new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1));
        for (String lease : List.of("é", "\ud800", "a\nb")) {
            InvalidArgument error =
                    assertThrows(InvalidArgument.class, () -> store().create(image, new WriteOptions(null, lease)));
            assertEquals(
                    "lease " + GoQuote.quote(lease) + " must consist of printable ASCII characters: invalid argument",
                    error.getMessage());
        }
    }
}
