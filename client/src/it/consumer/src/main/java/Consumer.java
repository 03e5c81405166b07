import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.InMemoryImageStores;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.remote.RemoteImageStores;

/** A program that has nothing but the artifact: it keeps a name in memory, and looks for a daemon that is not there. */
public class Consumer {
    public static void main(String[] args) {
        try (ImageStores stores = new InMemoryImageStores()) {
            ImageStore images = stores.namespace("default");
            images.create(new Image("app", new Descriptor(MediaType.OCI_INDEX, "sha256:" + "1".repeat(64), 1)));
            require(images.list().get(0).name().equals("app"));
        }
        try (ImageStores stores = RemoteImageStores.connect("unix:///nowhere/imaged.sock")) {
            stores.namespace("default").list();
            require(false);
        } catch (ImageException.Unavailable e) {
            require(e.getMessage().contains("/nowhere/imaged.sock"));
        }
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new AssertionError();
        }
    }
}
