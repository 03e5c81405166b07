package dev.imaged.server.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.imaged.images.Change;
import dev.imaged.images.Image;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchedChange;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of a watch as lines. A line of JSON has a {@code position} where a watch can be resumed: behind the last change of a commit,
 * and behind the snapshot.
 */
final class WatchLines {
    /** How much of the encoded part of a digest a line shows, in characters. */
    private static final int DIGEST_LENGTH = 12;

    private final PrintWriter out;
    private final boolean json;

    WatchLines(PrintWriter out, boolean json) {
        this.out = out;
        this.json = json;
    }

    /** Prints the lines of an event, if it has any. */
    void print(WatchEvent event) {
        if (event instanceof WatchEvent.Snapshot snapshot) {
            if (json && snapshot.isFirst()) {
                printObject(object -> object.writeStringField("kind", "SNAPSHOT"));
            }
            snapshot.images().forEach(this::print);
        } else if (event instanceof WatchEvent.Synced synced) {
            if (json) {
                printObject(object -> {
                    object.writeStringField("kind", "SYNCED");
                    object.writeStringField("position", synced.position().toString());
                });
            }
        } else if (event instanceof WatchEvent.Changed changed) {
            print(changed);
        }
    }

    private void print(VersionedImage found) {
        Image image = found.image();
        if (json) {
            printObject(object -> {
                object.writeStringField("kind", "IMAGE");
                object.writeStringField("namespace", found.namespace());
                object.writeStringField("name", image.name());
                object.writeNumberField("revision", found.revision());
                ImageJson.imageField(object, "after", image);
            });
        } else {
            line(image.updatedAt(), "IMAGE", found.namespace(), image.name(), null, image);
        }
    }

    private void print(WatchEvent.Changed event) {
        List<WatchedChange> changes = event.changes();
        for (int i = 0; i < changes.size(); i++) {
            WatchedChange watched = changes.get(i);
            Change change = watched.change();
            if (!json) {
                line(
                        change.time(),
                        change.kind().name(),
                        change.namespace(),
                        change.name(),
                        change.before(),
                        change.after());
                continue;
            }
            boolean endsCommit =
                    i + 1 == changes.size() || changes.get(i + 1).change().revision() != change.revision();
            Position behind = new Position(event.position().store(), change.revision());
            printObject(object -> write(object, watched, endsCommit ? behind : null));
        }
    }

    private static void write(JsonGenerator object, WatchedChange watched, @Nullable Position behind)
            throws IOException {
        Change change = watched.change();
        object.writeStringField("kind", change.kind().name());
        object.writeStringField("match", watched.match().name());
        object.writeStringField("time", change.time().toString());
        object.writeStringField("namespace", change.namespace());
        object.writeStringField("name", change.name());
        object.writeNumberField("revision", change.revision());
        object.writeNumberField("previousRevision", change.previousRevision());
        ImageJson.imageField(object, "before", change.before());
        ImageJson.imageField(object, "after", change.after());
        if (behind != null) {
            object.writeStringField("position", behind.toString());
        }
    }

    private void printObject(ImageJson.Content fields) {
        ImageJson.printLine(out, json -> {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        });
    }

    private void line(
            Instant time, String kind, String namespace, String name, @Nullable Image before, @Nullable Image after) {
        out.printf(
                "%s  %-6s  %s  %s  %s -> %s%n",
                time.truncatedTo(ChronoUnit.SECONDS),
                kind,
                namespace,
                Printable.escape(name),
                digest(before),
                digest(after));
    }

    /** Returns the start of the digest of an image, and a dash for none. */
    private static String digest(@Nullable Image image) {
        if (image == null) {
            return "-";
        }
        String digest = image.target().digest();
        int end = digest.indexOf(':') + 1 + DIGEST_LENGTH;
        return digest.length() <= end ? digest : digest.substring(0, end);
    }
}
