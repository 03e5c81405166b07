package dev.imaged.server.history;

import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A call on a store, and what the contract says of it when it is the only one. */
sealed interface Operation {
    /** What calls decide of an image: not its times. */
    record Content(Map<String, String> labels, Descriptor target) {
        static Content of(Image image) {
            return new Content(image.labels(), image.target());
        }
    }

    /** An answer, or the class of an error, and the images by name behind the call. */
    record Result(Object answer, Map<String, Content> images) {}

    /** Makes the call and returns its answer. */
    Object call(ImageStore store);

    /** Returns what the call does to these images. */
    Result on(Map<String, Content> images);

    /** Makes the call and returns its answer, or the class of the error that the contract knows. */
    default Object answer(ImageStore store) {
        try {
            return call(store);
        } catch (NotFound | AlreadyExists e) {
            return e.getClass();
        }
    }

    /** Creates an image. */
    record Create(Image image) implements Operation {
        @Override
        public Object call(ImageStore store) {
            return Content.of(store.create(image));
        }

        @Override
        public Result on(Map<String, Content> images) {
            return images.containsKey(image.name())
                    ? new Result(AlreadyExists.class, images)
                    : put(images, image.name(), Content.of(image));
        }
    }

    /** Replaces what the mask says: one label of the image, its target, or all. */
    record Update(Image image, UpdateMask mask) implements Operation {
        @Override
        public Object call(ImageStore store) {
            return Content.of(store.update(image, mask));
        }

        @Override
        public Result on(Map<String, Content> images) {
            Content before = images.get(image.name());
            if (before == null) {
                return new Result(NotFound.class, images);
            }
            if (mask.equals(UpdateMask.all())) {
                return put(images, image.name(), Content.of(image));
            }
            if (mask.equals(UpdateMask.target())) {
                return put(images, image.name(), new Content(before.labels, image.target()));
            }
            Map<String, String> labels = new TreeMap<>(before.labels);
            labels.putAll(image.labels());
            return put(images, image.name(), new Content(labels, before.target));
        }
    }

    /** Deletes a name, if a digest is given only when the image points there. */
    record Delete(String name, String ifTarget) implements Operation {
        @Override
        public Object call(ImageStore store) {
            store.delete(name, ifTarget.isEmpty() ? DeleteOptions.DEFAULT : DeleteOptions.ifTarget(ifTarget));
            return "deleted";
        }

        @Override
        public Result on(Map<String, Content> images) {
            Content before = images.get(name);
            if (before == null || !(ifTarget.isEmpty() || ifTarget.equals(before.target.digest()))) {
                return new Result(NotFound.class, images);
            }
            Map<String, Content> rest = new TreeMap<>(images);
            rest.remove(name);
            return new Result("deleted", rest);
        }
    }

    /** Reads an image. */
    record Get(String name) implements Operation {
        @Override
        public Object call(ImageStore store) {
            return Content.of(store.get(name));
        }

        @Override
        public Result on(Map<String, Content> images) {
            return new Result(images.containsKey(name) ? images.get(name) : NotFound.class, images);
        }
    }

    /** Lists all images, by a filter that all of them match. */
    record ListAll(List<String> filters) implements Operation {
        @Override
        public Object call(ImageStore store) {
            return store.list(filters).stream().collect(Collectors.toMap(Image::name, Content::of));
        }

        @Override
        public Result on(Map<String, Content> images) {
            return new Result(images, images);
        }
    }

    private static Result put(Map<String, Content> images, String name, Content content) {
        Map<String, Content> after = new TreeMap<>(images);
        after.put(name, content);
        return new Result(content, after);
    }
}
