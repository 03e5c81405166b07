package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.filters.Filters;
import dev.imaged.images.AsOf;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.Position;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ChangeFeed;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.Change;
import dev.imaged.server.store.record.ChangeLog;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the images and the log of a store. */
record StoreCatalog(Database database, StoreReader reader, ChangeFeeds feeds, RecentPasts pasts)
        implements ImageCatalog {
    @Override
    public Reach reach() {
        return database.read(Moments::reach);
    }

    @Override
    public Position position(AsOf asOf, @Nullable Position notBefore) {
        return database.read(snapshot -> {
            Moments.requireReached(snapshot, notBefore);
            return Moments.position(snapshot, Moments.revision(snapshot, asOf));
        });
    }

    @Override
    public List<String> namespaces() {
        return database.read(Schema::namespaces);
    }

    @Override
    public Found get(
            String namespace, String name, AsOf asOf, @Nullable Position notBefore, Cancellation cancellation) {
        ImageValidator.requireNamespace(namespace);
        ImageValidator.requireUnicode("name", name);
        return reader.read(namespace, false, (snapshot, images) -> {
            Moments.requireReached(snapshot, notBefore);
            long revision = Moments.revision(snapshot, asOf);
            EncodedRecord present =
                    images == null ? StoreReader.readRecord(snapshot, Keys.image(namespace, name)) : images.find(name);
            EncodedRecord record = present != null && present.modifiedRevision() <= revision
                    ? present
                    : past(snapshot, namespace, name, present, revision, cancellation);
            EncodedVersion image = record == null
                    ? null
                    : new EncodedVersion(
                            namespace, record.message(), record.modifiedRevision(), record.createdRevision());
            return new Found(image, Moments.position(snapshot, revision));
        });
    }

    /** Returns an image as it was after a commit, null when there was none: the image before the earliest later change. */
    private static @Nullable EncodedRecord past(
            Snapshot snapshot,
            String namespace,
            String name,
            @Nullable EncodedRecord present,
            long revision,
            Cancellation cancellation) {
        long next =
                present == null ? ChangeLog.deleted(snapshot, Keys.image(namespace, name)) : present.modifiedRevision();
        Change earliest = null;
        while (next > revision) {
            cancellation.check();
            Change change = ChangeLog.find(snapshot, next, namespace, name);
            if (change == null) {
                break; // all changes after the revision are kept, so there is none
            }
            earliest = change;
            next = change.previous();
        }
        if (earliest == null) {
            return present;
        }
        return earliest.kind() == Change.Kind.CREATE
                ? null
                : new EncodedRecord(earliest.created(), earliest.previous(), earliest.before(), 0);
    }

    @Override
    public Listing list(ListQuery query) {
        return listing(
                query,
                snapshot -> {
                    Moments.requireReached(snapshot, query.notBefore());
                    return Moments.revision(snapshot, query.asOf());
                },
                null);
    }

    @Override
    public Listing resume(ListQuery query, Position at, String after, boolean allowsNewer) {
        return listing(
                query,
                snapshot -> {
                    Moments.requireReached(snapshot, query.notBefore());
                    Moments.requireSameStore(snapshot, at);
                    try {
                        Moments.requireKept(snapshot, at.revision());
                        return at.revision();
                    } catch (OutOfRange e) {
                        if (allowsNewer && e.reason().equals("REVISION_DROPPED")) {
                            return Revisions.last(snapshot);
                        }
                        throw e;
                    }
                },
                after);
    }

    private Listing listing(ListQuery query, StoreListing.Start start, @Nullable String after) {
        ImageValidator.requireNamespace(query.namespace());
        StoreListing.Past past = new StoreListing.Past(pasts, Set.of(query.namespace()), start);
        return new StoreListing(reader, query.namespace(), Filters.parse(query.filters()), past, after);
    }

    @Override
    public Listing list(List<String> namespaces, List<String> filters, long revision) {
        namespaces.forEach(ImageValidator::requireNamespace);
        return new StoreListings(reader, pasts, namespaces, Filters.parse(filters), snapshot -> {
            Moments.requireKept(snapshot, revision);
            return revision;
        });
    }

    @Override
    public HistoryPart history(
            String namespace,
            String name,
            @Nullable Position from,
            int maxChanges,
            int maxBytes,
            Cancellation cancellation) {
        ImageValidator.requireNamespace(namespace);
        ImageValidator.requireUnicode("name", name);
        return database.read(snapshot -> {
            Position position = Moments.position(snapshot, Revisions.last(snapshot));
            if (from != null) {
                Moments.requireSameStore(snapshot, from);
            }
            List<EncodedChange> changes = new ArrayList<>();
            long bytes = 0;
            long next = from == null ? newest(snapshot, Keys.image(namespace, name)) : from.revision();
            while (next != 0) {
                cancellation.check();
                Change change = ChangeLog.find(snapshot, next, namespace, name);
                if (change == null) {
                    return new HistoryPart(changes, 0, true, position);
                }
                ByteString message = ChangeProtos.encode(change);
                bytes += message.size();
                if (changes.size() == maxChanges || (!changes.isEmpty() && bytes > maxBytes)) {
                    return new HistoryPart(changes, next, false, position);
                }
                changes.add(new EncodedChange(message, next));
                next = change.previous();
            }
            return new HistoryPart(changes, 0, false, position);
        });
    }

    @Override
    public ChangeFeed follow(FeedQuery query, @Nullable Position after, Runnable wake) {
        Set<String> namespaces = query.namespaces();
        if (namespaces != null) {
            namespaces.forEach(ImageValidator::requireNamespace);
        }
        FeedGroup.Key key = new FeedGroup.Key(namespaces, Filters.parse(query.filters()));
        String store = database.read(snapshot -> {
            if (after != null) {
                Moments.requireSameStore(snapshot, after);
                Moments.requireKept(snapshot, after.revision());
            }
            return Meta.instanceId(snapshot).toString();
        });
        return new StoreFeed(feeds, key, store, query.withBefore(), after == null ? -1 : after.revision(), wake);
    }

    /** Returns the revision of the newest change of an image, 0 when none is kept. */
    private static long newest(Snapshot snapshot, byte[] key) {
        EncodedRecord present = StoreReader.readRecord(snapshot, key);
        return present == null ? ChangeLog.deleted(snapshot, key) : present.modifiedRevision();
    }
}
