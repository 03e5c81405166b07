package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Violation;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.text.GoQuote;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether conditions hold, as pure functions. */
final class ConditionRules {
    private ConditionRules() {}

    /**
     * Checks that a condition holds.
     *
     * @param existing the image that has the name now, null when there is none
     * @throws AlreadyExists when there must be no image, and there is
     * @throws NotFound when there has to be an image, and there is not
     * @throws Aborted when the image has another revision or digest
     */
    static void require(Condition condition, String name, @Nullable VersionedImage existing) {
        if (condition.existence() == Condition.Existence.ABSENT && existing != null) {
            throw new AlreadyExists("image " + GoQuote.quote(name));
        } else if (!condition.needsImage()) {
            return;
        }
        VersionedImage found = ImageRules.requireFound(name, existing);
        long revision = condition.revision();
        if (revision != 0 && revision != found.revision()) {
            throw changed("REVISION", name, "its revision is " + found.revision() + ", not " + revision);
        }
        String digest = found.image().target().digest();
        if (!condition.digest().isEmpty() && !condition.digest().equals(digest)) {
            throw changed("DIGEST", name, "its digest is " + digest + ", not " + Excerpt.escape(condition.digest()));
        }
    }

    /**
     * Checks that a commit is the last that changed a name.
     *
     * @param last the revision of the last commit that changed the name
     * @throws Aborted when it is not
     */
    static void requireUnchanged(long revision, String name, long last) {
        if (last != revision) {
            throw changed("REVISION", name, "revision " + last + " changed it after revision " + revision);
        }
    }

    private static ImageException changed(String type, String name, String how) {
        return new Aborted("image " + GoQuote.quote(name) + " is not as expected: " + how + "; read it again", null)
                .withReason("CHANGED", Map.of())
                .withViolations(List.of(new Violation(type, name, how)));
    }
}
