package dev.imaged.examples;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.ImageStores;
import dev.imaged.remote.RemoteImageStores;

/**
 * Moves a tag to the target of another image, but only while the tag points to the digest that is expected: {@code
 * TagMover unix:///run/imaged/imaged.sock default app:stable sha256:... app:v2}.
 *
 * <p>An update has no condition in this API, and one that follows a Get may overwrite what somebody wrote in between. A
 * delete has one, and a create is refused when the name is taken; so the tag is deleted and created again. Between the two,
 * the name does not exist; and the tag has a new time of creation.
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
     * Returns whether the tag was moved; false when it points elsewhere, or somebody else took the name.
     *
     * @throws NotFound when there is no image {@code source}, or no image {@code tag}
     */
    public boolean move(String tag, String expected, String source) {
        Image moved = images.get(tag).withTarget(images.get(source).target());
        try {
            images.delete(tag, DeleteOptions.ifTarget(expected));
        } catch (NotFound e) {
            return false; // gone, or it points elsewhere
        }
        try {
            images.create(moved);
            return true;
        } catch (AlreadyExists e) {
            return false; // what others created counts
        }
    }
}
