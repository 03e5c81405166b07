package dev.imaged.server.history;

import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.VersionedImage;
import dev.imaged.server.history.Finding.Property;
import dev.imaged.server.history.LogPiece.Last;
import dev.imaged.server.history.LogPiece.Name;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Checks a piece of the log by itself: its order, and that each change starts from what the one before it left. */
final class LogChecker {
    private final List<Finding> findings = new ArrayList<>();
    private final boolean timesDiffer;

    private LogChecker(boolean timesDiffer) {
        this.timesDiffer = timesDiffer;
    }

    /** Checks a piece of the log of a daemon alone. */
    static List<Finding> check(LogPiece piece) {
        return check(piece, new LogChecker(true));
    }

    /** Checks a piece of the log of several daemons over etcd, whose commits may have the same time. */
    static List<Finding> checkOfSeveral(LogPiece piece) {
        return check(piece, new LogChecker(false));
    }

    private static List<Finding> check(LogPiece piece, LogChecker checker) {
        Map<Name, Last> names = new HashMap<>(piece.before());
        Change before = null;
        for (Change change : piece.changes()) {
            checker.checkOrder(piece, before, change);
            Last last = names.getOrDefault(Name.of(change), Last.NONE);
            checker.checkChain(last, change);
            names.put(Name.of(change), LogPiece.after(change, last.image()));
            before = change;
        }
        return checker.findings;
    }

    private void checkOrder(LogPiece piece, @Nullable Change before, Change change) {
        long least = before == null ? piece.start().revision() + 1 : before.revision();
        if (change.revision() < least) {
            add(Property.ORDERED, change, "comes behind revision " + least);
        } else if (before != null && change.revision() == before.revision()) {
            checkInCommit(before, change);
        } else if (before != null && isEarly(before, change)) {
            add(Property.ORDERED, change, "is not later than " + before.time());
        }
    }

    private boolean isEarly(Change before, Change change) {
        return timesDiffer
                ? !change.time().isAfter(before.time())
                : change.time().isBefore(before.time());
    }

    private void checkInCommit(Change before, Change change) {
        int order = Arrays.compareUnsigned(utf8(before.name()), utf8(change.name()));
        if (order == 0) {
            add(Property.UNIQUE, change, "has its name twice in a commit");
        } else if (order > 0) {
            add(Property.ORDERED, change, "comes behind the name " + before.name());
        }
        if (!before.commit().equals(change.commit())) {
            add(Property.WHOLE, change, "has another commit than the change before: " + before.commit());
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void checkChain(Last last, Change change) {
        if (change.previousRevision() != last.revision()) {
            add(Property.CHAINED, change, "follows revision " + change.previousRevision() + ", not " + last.revision());
        }
        VersionedImage image = last.image();
        if (!Objects.equals(change.before(), image == null ? null : image.image())) {
            add(Property.CHAINED, change, "starts from another image than " + image);
        }
        Image after = change.after();
        if (image != null
                && after != null
                && !after.updatedAt().isAfter(image.image().updatedAt())) {
            add(Property.ORDERED, change, "is not updated later than " + image);
        }
        Change.Kind kind = after == null ? Change.Kind.DELETE : image == null ? Change.Kind.CREATE : Change.Kind.UPDATE;
        if (change.kind() != kind) {
            add(Property.CHAINED, change, "is not of the kind " + kind);
        }
    }

    private void add(Property property, Change change, String what) {
        findings.add(new Finding(property, change + " " + what));
    }
}
