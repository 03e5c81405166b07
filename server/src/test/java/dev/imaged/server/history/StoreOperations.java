package dev.imaged.server.history;

import dev.imaged.errors.ImageException;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.oci.Descriptor;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/** The calls of a store on two names, each of which holds a number in its target and one in a label, for Lincheck. */
@Param(name = "name", gen = IntGen.class, conf = "0:1")
@Param(name = "number", gen = IntGen.class, conf = "0:2")
public abstract class StoreOperations {
    private final ImageStore store;

    StoreOperations(ImageStore store) {
        this.store = store;
    }

    @Operation
    public String create(@Param(name = "name") int name, @Param(name = "number") int number) {
        return answer(() -> text(store.create(image(name, number))));
    }

    @Operation
    public String retarget(@Param(name = "name") int name, @Param(name = "number") int number) {
        return answer(() -> text(store.update(image(name, number), UpdateMask.target())));
    }

    @Operation
    public String label(@Param(name = "name") int name, @Param(name = "number") int number) {
        return answer(() -> text(store.update(image(name, number), UpdateMask.label("number"))));
    }

    @Operation
    public String delete(@Param(name = "name") int name) {
        return answer(() -> {
            store.delete(name(name));
            return "deleted";
        });
    }

    @Operation
    public String deleteIfTarget(@Param(name = "name") int name, @Param(name = "number") int number) {
        return answer(() -> {
            store.delete(name(name), DeleteOptions.ifTarget(digest(number)));
            return "deleted";
        });
    }

    @Operation
    public String get(@Param(name = "name") int name) {
        return answer(() -> text(store.get(name(name))));
    }

    @Operation
    public String list() {
        return answer(() -> store.list().stream()
                .map(image -> image.name() + "=" + text(image))
                .collect(Collectors.joining(" ")));
    }

    private static String answer(Supplier<String> call) {
        try {
            return call.get();
        } catch (ImageException.NotFound | ImageException.AlreadyExists e) {
            return e.getClass().getSimpleName();
        }
    }

    private static String name(int name) {
        return "name" + name;
    }

    private static String digest(int number) {
        return "sha256:" + Integer.toString(number).repeat(64);
    }

    private static Image image(int name, int number) {
        return new Image(name(name), Map.of("number", "" + number), new Descriptor("m", digest(number), 1));
    }

    private static String text(Image image) {
        return image.target().digest().charAt(7) + "/" + image.labels().get("number");
    }

    /** What the contract says of the same calls, one after the other. */
    public static final class Sequential {
        private final Map<Integer, String> images = new TreeMap<>();

        public String create(int name, int number) {
            if (images.containsKey(name)) {
                return "AlreadyExists";
            }
            return put(name, number + "/" + number);
        }

        public String retarget(int name, int number) {
            return images.containsKey(name)
                    ? put(name, number + images.get(name).substring(1))
                    : "NotFound";
        }

        public String label(int name, int number) {
            return images.containsKey(name) ? put(name, images.get(name).charAt(0) + "/" + number) : "NotFound";
        }

        public String delete(int name) {
            return images.remove(name) == null ? "NotFound" : "deleted";
        }

        public String deleteIfTarget(int name, int number) {
            return get(name).startsWith(number + "/") ? delete(name) : "NotFound";
        }

        public String get(int name) {
            return images.getOrDefault(name, "NotFound");
        }

        public String list() {
            return images.entrySet().stream()
                    .map(image -> "name" + image.getKey() + "=" + image.getValue())
                    .collect(Collectors.joining(" "));
        }

        private String put(int name, String content) {
            images.put(name, content);
            return content;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Sequential that && images.equals(that.images);
        }

        @Override
        public int hashCode() {
            return images.hashCode();
        }
    }
}
