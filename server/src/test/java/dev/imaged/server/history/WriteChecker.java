package dev.imaged.server.history;

import dev.imaged.images.Applied;
import dev.imaged.images.Applied.Result;
import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.VersionedImage;
import dev.imaged.server.history.Finding.Property;
import dev.imaged.server.history.LogPiece.Name;
import dev.imaged.server.history.SentWrite.Kind;
import dev.imaged.server.history.SentWrite.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Checks that a piece of the log holds the writes that were acknowledged meanwhile, and no others but those without an answer. */
final class WriteChecker {
    private final List<Finding> findings = new ArrayList<>();

    /** The changes by the ids of their writes. */
    private final Map<String, List<Change>> byId = new HashMap<>();

    /** The changes that have no id: deletes of one image. */
    private final Map<Name, List<Change>> deletes = new HashMap<>();

    /** By its revision, the write that made a commit. */
    private final TreeMap<Long, SentWrite> made = new TreeMap<>();

    static List<Finding> check(List<SentWrite> writes, LogPiece piece) {
        WriteChecker checker = new WriteChecker();
        for (Change change : piece.changes()) {
            String id = id(change);
            if (id == null) {
                checker.deletes
                        .computeIfAbsent(Name.of(change), key -> new ArrayList<>())
                        .add(change);
            } else {
                checker.byId.computeIfAbsent(id, key -> new ArrayList<>()).add(change);
            }
        }
        checker.checkAll(writes);
        checker.checkRealTime();
        return checker.findings;
    }

    /** An image keeps its label when another request tags it or brings it back: the id of that request counts. */
    private static @Nullable String id(Change change) {
        String request = change.commit().cause().requestId();
        Image after = change.after();
        return !request.isEmpty()
                ? request
                : after == null ? null : after.labels().get(SentWrite.LABEL);
    }

    private void checkAll(List<SentWrite> writes) {
        Set<String> ids = new HashSet<>();
        Map<Name, int[]> deleted = new HashMap<>();
        for (SentWrite write : writes) {
            ids.add(write.id());
            if (write.kind() == Kind.DELETE) {
                int[] counts = deleted.computeIfAbsent(Objects.requireNonNull(write.name()), key -> new int[2]);
                counts[0] += write.outcome() == Outcome.ACKNOWLEDGED ? 1 : 0;
                counts[1] += write.outcome() == Outcome.REFUSED ? 0 : 1;
            } else {
                check(write, byId.getOrDefault(write.id(), List.of()));
            }
        }
        byId.forEach((id, changes) -> {
            if (!ids.contains(id)) {
                add("nobody sent " + changes);
            }
        });
        deletes.forEach((name, changes) -> deleted.putIfAbsent(name, new int[2]));
        deleted.forEach((name, counts) -> {
            int logged = deletes.getOrDefault(name, List.of()).size();
            if (logged < counts[0] || logged > counts[1]) {
                add(name + " was deleted " + counts[0] + " to " + counts[1] + " times, and " + logged
                        + " times in the log");
            }
        });
    }

    private void check(SentWrite write, List<Change> changes) {
        Set<Long> commits = new HashSet<>();
        changes.forEach(change -> commits.add(change.revision()));
        if (commits.size() > 1) {
            add(write + " is in the log " + commits.size() + " times: " + changes);
        } else if (write.outcome() == Outcome.REFUSED && !commits.isEmpty()) {
            add(write + " was refused, and is in the log: " + changes);
        } else if (write.outcome() == Outcome.ACKNOWLEDGED) {
            Applied applied = write.applied();
            boolean isSame = applied == null ? isSame(write, changes) : isSame(applied, changes);
            if (!isSame) {
                add(write + " was acknowledged, and the log has " + changes);
            }
        }
        commits.forEach(revision -> made.put(revision, write));
    }

    private static boolean isSame(SentWrite write, List<Change> changes) {
        return changes.size() == 1
                && Name.of(changes.get(0)).equals(write.name())
                && Objects.equals(changes.get(0).after(), write.image());
    }

    private static boolean isSame(Applied applied, List<Change> changes) {
        Map<String, Result> results = new HashMap<>();
        for (Result result : applied.results()) {
            if (result.kind() != null) {
                results.put(result.name(), result);
            }
        }
        return results.size() == changes.size()
                && changes.stream().allMatch(change -> {
                    Result result = results.get(change.name());
                    return change.revision() == applied.position().revision()
                            && result != null
                            && result.kind() == change.kind()
                            && Objects.equals(image(result.image()), change.after());
                });
    }

    private static @Nullable Image image(@Nullable VersionedImage image) {
        return image == null ? null : image.image();
    }

    private void checkRealTime() {
        SentWrite latest = null; // of those with lower revisions
        for (SentWrite write : made.values()) {
            if (latest != null && write.answered() < latest.sent()) {
                findings.add(new Finding(Property.REAL_TIME, write + " was answered before " + latest + " was sent"));
            }
            latest = latest == null || write.sent() > latest.sent() ? write : latest;
        }
    }

    private void add(String what) {
        findings.add(new Finding(Property.ACKNOWLEDGED, what));
    }
}
