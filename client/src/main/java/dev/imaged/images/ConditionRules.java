package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.Violation;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.text.GoQuote;
import java.util.ArrayList;
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
     * @throws Aborted when the image has another revision or digest; it lists both if both are different
     */
    static void require(Condition condition, String name, @Nullable VersionedImage existing) {
        if (condition.existence() == Condition.Existence.ABSENT && existing != null) {
            throw new AlreadyExists("image " + GoQuote.quote(name));
        } else if (!condition.needsImage()) {
            return;
        }
        VersionedImage found = ImageRules.requireFound(name, existing);
        List<Violation> violations = new ArrayList<>();
        long revision = condition.revision();
        if (revision != 0 && revision != found.revision()) {
            String how = "its revision is " + found.revision() + ", not " + revision;
            violations.add(new Violation("REVISION", name, how));
        }
        String digest = found.image().target().digest();
        if (!condition.digest().isEmpty() && !condition.digest().equals(digest)) {
            String how = "its digest is " + digest + ", not " + Excerpt.escape(condition.digest());
            violations.add(new Violation("DIGEST", name, how));
        }
        if (!violations.isEmpty()) {
            throw changed(name, violations);
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
            String how = "revision " + last + " changed it after revision " + revision;
            throw changed(name, List.of(new Violation("REVISION", name, how)));
        }
    }

    private static ImageException changed(String name, List<Violation> violations) {
        String how = violations.get(0).description();
        return new Aborted("image " + GoQuote.quote(name) + " is not as expected: " + how + "; read it again", null)
                .withReason("CHANGED", Map.of())
                .withViolations(violations);
    }
}
