package dev.imaged.examples;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;

/**
 * Moves a tag to the target of another image, but only while the tag points to the digest that is expected: {@code
 * TagMover unix:///run/imaged/imaged.sock default app:stable sha256:... app:v2}.
 *
 * <p>The name exists all the time, and keeps its labels and its time of creation. The API has no condition for an update: what
 * somebody writes between the Get and the Update is overwritten. So let one program move a tag.
 */
public final class TagMover {
    private final ImageStore images;

    public TagMover(ImageStore images) {
        this.images = images;
    }

    public static void main(String[] args) {
        try (ImageStores stores = RemoteImageStores.connect(args[0])) {
            boolean moved = new TagMover(stores.namespace(args[1])).move(args[2], args[3], args[4]);
            System.out.println(moved ? "moved" : "not moved: the tag no longer points to " + args[3]);
        } catch (ImageException e) {
            System.out.println(e.getMessage());
        }
    }

    /**
     * Returns whether the tag was moved; false when it points elsewhere.
     *
     * @throws NotFound when there is no image {@code source}, or no image {@code tag}
     */
    public boolean move(String tag, String expected, String source) {
        Descriptor target = images.get(source).target();
        Image current = images.get(tag);
        if (!current.target().digest().equals(expected)) {
            return false;
        }
        images.update(current.withTarget(target), UpdateMask.target());
        return true;
    }
}
