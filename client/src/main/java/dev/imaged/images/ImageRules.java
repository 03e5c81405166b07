package dev.imaged.images;

import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.time.Rfc3339;
import dev.imaged.oci.Descriptor;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of each write, as pure functions for an implementation of a store. A store calls them between an atomic read and an
 * atomic write. The checks come in the order that callers of containerd's Images API observe.
 */
public final class ImageRules {
    private ImageRules() {}

    /**
     * Returns the image that a create stores. Which image has the name does not matter, so an engine need not read it.
     *
     * @param exists whether the name is taken
     * @param now the time of the write
     * @throws InvalidArgument when the image breaks a rule of {@link ImageValidator}
     * @throws AlreadyExists when the name is taken
     * @throws NotFound when a lease is named for an expiring image
     */
    public static Image create(boolean exists, Image request, WriteOptions options, Instant now) {
        ImageValidator.requireName(request.name());
        ImageValidator.requireValid(request);
        if (exists) {
            throw new AlreadyExists("image " + GoQuote.quote(request.name()));
        }
        Instant time = options.sourceDateEpoch() == null ? now : options.sourceDateEpoch();
        return stored(request, options, time, time);
    }

    /**
     * Returns the image that an update stores.
     *
     * @param existing the image that has the name now, null when there is none
     * @param now the time of the write
     * @throws InvalidArgument when the name is empty, or the mask or the resulting image breaks a rule
     * @throws NotFound when there is no such image, or a lease is named for an expiring image
     */
    public static Image update(
            @Nullable Image existing, Image request, UpdateMask mask, WriteOptions options, Instant now) {
        ImageValidator.requireName(request.name());
        Image updated = mask.apply(requireFound(request.name(), existing), request);
        ImageValidator.requireValid(updated);
        Instant time = options.sourceDateEpoch() == null ? now : options.sourceDateEpoch();
        return stored(updated, options, updated.createdAt(), time);
    }

    /**
     * Returns the image that a store keeps when it takes one over from another store, times included.
     *
     * @throws InvalidArgument when the image breaks a rule of {@link ImageValidator}
     */
    public static Image load(Image image) {
        ImageValidator.requireName(image.name());
        ImageValidator.requireValid(image);
        return stored(image, WriteOptions.DEFAULT, image.createdAt(), image.updatedAt());
    }

    /**
     * Checks that a delete may take place.
     *
     * @param existing the image that has the name now, null when there is none
     * @throws InvalidArgument when the name, or the digest in the options, is not Unicode text
     * @throws NotFound when there is no such image, or its target is not the one that the options name
     */
    public static void delete(@Nullable Image existing, String name, DeleteOptions options) {
        ImageValidator.requireUnicode("name", name);
        String digest = requireFound(name, existing).target().digest();
        ImageValidator.requireUnicode("target.Digest", options.targetDigest());
        if (!options.targetDigest().isEmpty() && !options.targetDigest().equals(digest)) {
            throw new NotFound(
                    "image " + GoQuote.quote(name) + " has target " + digest + ", not " + options.targetDigest());
        }
    }

    /**
     * Checks that a name was found, and returns it.
     *
     * @throws NotFound when {@code found} is null
     */
    public static <T> T requireFound(String name, @Nullable T found) {
        if (found == null) {
            throw new NotFound("image " + GoQuote.quote(name));
        }
        return found;
    }

    /** Whether a collection removes an image with these labels. A time that cannot be read keeps the image. */
    public static boolean isExpired(Map<String, String> labels, Instant now) {
        String expire = labels.get(GcLabels.EXPIRE);
        Instant time = expire == null ? null : Rfc3339.parse(expire);
        return time != null && time.isBefore(now);
    }

    private static Image stored(Image image, WriteOptions options, Instant createdAt, Instant updatedAt) {
        ImageValidator.requireStorable(image);
        Image stored =
                new Image(image.name(), withoutEmpty(image.labels()), stored(image.target()), createdAt, updatedAt);
        if (options.lease() != null && stored.labels().containsKey(GcLabels.EXPIRE)) {
            throw new NotFound("lease does not exist").withReason("NO_SUCH_LEASE", Map.of());
        }
        return stored;
    }

    /** Returns a descriptor with only the fields that the Images API carries. */
    private static Descriptor stored(Descriptor target) {
        return new Descriptor(target.mediaType(), target.digest(), target.size(), withoutEmpty(target.annotations()));
    }

    private static Map<String, String> withoutEmpty(Map<String, String> entries) {
        if (!entries.containsValue("")) {
            return entries;
        }
        Map<String, String> kept = new HashMap<>(entries);
        kept.values().removeIf(String::isEmpty);
        return kept;
    }
}
