package dev.imaged.images;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What an {@link Apply} does to one name. It sees what was stored before the call, never what another operation of the call does.
 * Immutable.
 */
public sealed interface Operation {
    /** Returns the name that is written. */
    String name();

    /** Returns what has to hold of that name. */
    Condition condition();

    /** Returns this operation with another condition. */
    Operation on(Condition other);

    /**
     * Stores an image under a free name, as {@link ImageStore#create} does.
     *
     * @param sourceDateEpoch as in {@link WriteOptions}
     */
    record Create(Image image, @Nullable Instant sourceDateEpoch, Condition condition) implements Operation {
        @Override
        public String name() {
            return image.name();
        }

        @Override
        public Create on(Condition other) {
            return new Create(image, sourceDateEpoch, other);
        }
    }

    /**
     * Replaces the fields of an image that a mask names, as {@link ImageStore#update} does.
     *
     * @param sourceDateEpoch as in {@link WriteOptions}
     */
    record Update(Image image, UpdateMask mask, @Nullable Instant sourceDateEpoch, Condition condition)
            implements Operation {
        @Override
        public String name() {
            return image.name();
        }

        @Override
        public Update on(Condition other) {
            return new Update(image, mask, sourceDateEpoch, other);
        }
    }

    /**
     * Creates an image, or replaces the labels and the target of the one that there is. An image that has them already stays as it
     * is, times included.
     *
     * @param sourceDateEpoch as in {@link WriteOptions}
     */
    record Put(Image image, @Nullable Instant sourceDateEpoch, Condition condition) implements Operation {
        @Override
        public String name() {
            return image.name();
        }

        @Override
        public Put on(Condition other) {
            return new Put(image, sourceDateEpoch, other);
        }
    }

    /**
     * Gives a name the target and the labels of another image. A name that has them already stays as it is.
     *
     * @param source the name of the other image
     * @param targetOnly whether a name that exists keeps its labels
     */
    record Tag(String source, String name, boolean targetOnly, Condition condition) implements Operation {
        /** Returns this operation, such that a name that exists keeps its labels. */
        public Tag keepingLabels() {
            return new Tag(source, name, true, condition);
        }

        @Override
        public Tag on(Condition other) {
            return new Tag(source, name, targetOnly, other);
        }
    }

    /**
     * Removes a name.
     *
     * @param ignoreMissing whether a name that does not exist is not an error
     */
    record Delete(String name, boolean ignoreMissing, Condition condition) implements Operation {
        /** Returns this operation, such that a name that does not exist is not an error. */
        public Delete ignoringMissing() {
            return new Delete(name, true, condition);
        }

        @Override
        public Delete on(Condition other) {
            return new Delete(name, ignoreMissing, other);
        }
    }

    /** Stores an image under a free name. */
    static Create create(Image image) {
        return new Create(image, null, Condition.NONE);
    }

    /** Replaces the fields of an image that a mask names. */
    static Update update(Image image, UpdateMask mask) {
        return new Update(image, mask, null, Condition.NONE);
    }

    /** Creates an image, or replaces the one that there is. */
    static Put put(Image image) {
        return new Put(image, null, Condition.NONE);
    }

    /** Gives a name the target and the labels of another image. */
    static Tag tag(String source, String name) {
        return new Tag(source, name, false, Condition.NONE);
    }

    /** Removes a name. */
    static Delete delete(String name) {
        return new Delete(name, false, Condition.NONE);
    }

    /** Returns this operation, only if the name has an image that points to this digest. */
    default Operation ifDigest(String digest) {
        return on(condition().withDigest(digest));
    }

    /** Returns this operation, only if the commit of this revision was the last that changed the image. */
    default Operation ifRevision(long revision) {
        return on(condition().withRevision(revision));
    }
}
