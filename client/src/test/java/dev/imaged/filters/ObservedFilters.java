package dev.imaged.filters;

import static dev.imaged.JsonResource.list;
import static dev.imaged.JsonResource.text;

import dev.imaged.JsonResource;
import dev.imaged.images.Image;
import dev.imaged.oci.Descriptor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Filters that were sent one by one to a real containerd, and what it answered (filters-observed.json).
 *
 * @param images what it held
 * @param answers a row a filter
 */
public record ObservedFilters(List<Image> images, List<Answer> answers) {
    /**
     * One answer.
     *
     * @param matches the names that were listed, in order; null when the filter was refused
     * @param error the message of the refusal; null when there was none
     */
    public record Answer(
            String filter,
            @Nullable List<String> matches,
            @Nullable String error) {
        /**
         * Returns what is comparable of a message: up to where the server marks one byte, which cuts a longer character
         * in two; how a client shows the pieces differs.
         */
        public String comparable(String message) {
            int broken = error == null ? -1 : error.indexOf('\uFFFD');
            return broken < 0 || message.length() < broken ? message : message.substring(0, broken);
        }
    }

    /** Reads the file. */
    public static ObservedFilters load() {
        Map<?, ?> observed = JsonResource.read("filters-observed.json");
        return new ObservedFilters(
                list(observed, "images").stream()
                        .map(image -> image((Map<?, ?>) image))
                        .toList(),
                list(observed, "filters").stream()
                        .map(answer -> answer((Map<?, ?>) answer))
                        .toList());
    }

    private static Image image(Map<?, ?> image) {
        Map<?, ?> target = (Map<?, ?>) Objects.requireNonNull(image.get("target"));
        return new Image(
                text(image, "name"),
                texts(image, "labels"),
                new Descriptor(
                        text(target, "mediaType"),
                        text(target, "digest"),
                        Long.parseLong(text(target, "size")),
                        texts(target, "annotations")));
    }

    private static Answer answer(Map<?, ?> answer) {
        return new Answer(
                text(answer, "filter"),
                answer.containsKey("matches")
                        ? list(answer, "matches").stream()
                                .map(String.class::cast)
                                .toList()
                        : null,
                (String) answer.get("error"));
    }

    private static Map<String, String> texts(Map<?, ?> object, String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(object.get(key))).forEach((k, v) -> texts.put((String) k, (String) v));
        return texts;
    }
}
