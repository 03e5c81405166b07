package dev.imaged.server.store;

import dev.imaged.filters.Filters;
import dev.imaged.images.Position;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import dev.imaged.server.store.cache.ImageTree;
import dev.imaged.server.store.kv.KeySteps;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.NamePosition;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A list of one revision in parts. Each part reads the present images, and replaces those that differ. No snapshot is held
 * between two parts. For one thread at a time.
 */
final class StoreListing implements Listing {
    /** The most images that a part looks at, so that no part takes long. */
    private static final int MAX_LOOKS = 50_000;

    /** How many images a part looks at before its turn may be over: the start of a part may take as long as a turn. */
    private static final int MIN_LOOKS = 256;

    /** The most images that may be sorted by their names because the indexes do not do so; with more, all are looked at. */
    private static final int MAX_INDEXED = 10_000;

    /** The least byte, which follows a key to make the next greater one. */
    private static final byte[] LEAST = {0};

    private final StoreReader reader;
    private final String namespace;
    private final Filters filters;
    private final QueryPlan plan;
    private final KeyStarts names;
    private final Past past;

    /** Behind all keys of the namespace. */
    private final byte[] end;

    /** The least key of the next part. */
    private byte[] from;

    /** Finds the revision of the list in the snapshot of the first part. */
    interface Start {
        long revision(Snapshot snapshot);
    }

    /** The past images of a list, whose revision is known once its first part is read. For one thread. */
    static final class Past {
        private final RecentPasts recent;
        private final Set<String> namespaces;
        private final Start start;
        private @Nullable Long revision;

        Past(RecentPasts recent, Set<String> namespaces, Start start) {
            this.recent = recent;
            this.namespaces = namespaces;
            this.start = start;
        }

        /** Returns the past images from a key on, for one part. */
        PastImages take(Snapshot snapshot, byte[] from) {
            Long known = revision;
            if (known == null) {
                known = start.revision(snapshot);
                revision = known;
            }
            return recent.take(snapshot, namespaces, known, from);
        }

        /** Takes them back for the next part. */
        void give(PastImages images) {
            recent.give(images);
        }
    }

    StoreListing(StoreReader reader, String namespace, Filters filters, Past past, @Nullable String after) {
        this.reader = reader;
        this.namespace = namespace;
        this.filters = filters;
        this.plan = QueryPlan.of(namespace, filters);
        this.names = KeyStarts.of(namespace, filters);
        this.past = past;
        byte[] first = Keys.images(namespace);
        this.from = after == null ? first : Keys.concat(Keys.image(namespace, after), LEAST);
        this.end = Keys.end(first);
    }

    @Override
    public List<String> hints() {
        return filters.hints();
    }

    @Override
    public Part next(int maxImages, int maxBytes, Cancellation cancellation) {
        PartBuilder part = reader.read(namespace, true, (snapshot, images) -> {
            PastImages differences = past.take(snapshot, from);
            differences.catchUp(snapshot, cancellation);
            PartBuilder reading = new PartBuilder(maxImages, maxBytes, differences, cancellation);
            reading.read(snapshot, images);
            reading.position = Moments.position(snapshot, differences.revision());
            past.give(differences);
            return reading;
        });
        byte[] last = part.last;
        if (last != null) {
            from = Keys.concat(last, LEAST);
        }
        return new Part(part.found, last == null ? null : Keys.name(last), Objects.requireNonNull(part.position));
    }

    /** Collects a part: merges present and past images in the order of their keys. For one thread, once. */
    private final class PartBuilder {
        private final int maxImages;
        private final int maxBytes;
        private final PastImages differences;
        private final Cancellation cancellation;
        private final List<EncodedVersion> found = new ArrayList<>();
        private long bytes;
        private int looks;

        /** What the list is of. */
        private @Nullable Position position;

        /** The key of the image that was looked at last. */
        private byte @Nullable [] looked;

        /** The same, once the part is full. */
        private byte @Nullable [] last;

        PartBuilder(int maxImages, int maxBytes, PastImages differences, Cancellation cancellation) {
            this.maxImages = maxImages;
            this.maxBytes = maxBytes;
            this.differences = differences;
            this.cancellation = cancellation;
        }

        void read(Snapshot snapshot, @Nullable ImageTree images) {
            Merge merge = new Merge(differences.before(end));
            boolean isWhole = readPresent(snapshot, images, merge);
            if (isWhole) {
                merge.finish();
            }
        }

        /** Shows the present images to a merge, until the part is full. */
        private boolean readPresent(Snapshot snapshot, @Nullable ImageTree images, Merge merge) {
            if (plan.isInOrder() && plan.accesses().size() <= IndexedKeys.MAX_RANGES) {
                IndexedKeys keys = new IndexedKeys(snapshot, plan, Keys.images(namespace), from, cancellation);
                boolean hasRoom = readIndexed(snapshot, images, keys, merge);
                return hasRoom && (!keys.isCut() || readAll(snapshot, images, keys.rest(), merge));
            }
            Optional<List<byte[]>> keys = plan.isIndexed()
                    ? plan.keys(snapshot, Keys.images(namespace), MAX_INDEXED, cancellation)
                    : Optional.empty();
            return keys.isPresent()
                    ? readIndexed(snapshot, images, keys.get().iterator(), merge)
                    : readAll(snapshot, images, from, merge);
        }

        /** Shows all images whose names may match to a merge, from a key on. */
        private boolean readAll(Snapshot snapshot, @Nullable ImageTree images, byte[] start, Merge merge) {
            if (images != null) {
                return images.forEach(start, names, record -> merge.present(key(record), record));
            }
            KeySteps steps = key -> names.next(Arrays.compareUnsigned(key, start) < 0 ? start : key);
            boolean[] isWhole = {true};
            Schema.IMAGES.scan(snapshot, steps, (key, value) -> {
                isWhole[0] = merge.present(key, ImageCodec.decode(key, value));
                return isWhole[0];
            });
            return isWhole[0];
        }

        private boolean readIndexed(Snapshot snapshot, @Nullable ImageTree images, Iterator<byte[]> keys, Merge merge) {
            byte[] previous = null;
            while (keys.hasNext()) {
                byte[] key = keys.next();
                if (Arrays.compareUnsigned(key, from) < 0) {
                    continue;
                }
                EncodedRecord record = Arrays.equals(key, previous) ? null : find(snapshot, images, key);
                previous = key;
                boolean hasRoom = record == null ? merge.absent(key) : merge.present(key, record);
                if (!hasRoom) {
                    return false;
                }
            }
            return true;
        }

        private static @Nullable EncodedRecord find(Snapshot snapshot, @Nullable ImageTree images, byte[] key) {
            return images != null
                    ? images.find(key, NamePosition.AFTER_NAMESPACE.in(key))
                    : StoreReader.readRecord(snapshot, key);
        }

        private byte[] key(EncodedRecord record) {
            int offset = ImageCodec.nameOffset(record.value());
            int length = ImageCodec.nameLength(record.value());
            return Keys.concat(Keys.images(namespace), Arrays.copyOfRange(record.value(), offset, offset + length));
        }

        /** Looks at an image of the list; returns whether the part has room for another. */
        private boolean look(byte[] key, EncodedRecord record) {
            cancellation.check();
            looks++;
            if (filters.matches(new RecordFields(record.message(), cancellation))) {
                if (!found.isEmpty() && bytes + record.size() > maxBytes) {
                    last = looked;
                    return false;
                }
                found.add(new EncodedVersion(
                        namespace, record.message(), record.modifiedRevision(), record.createdRevision()));
                bytes += record.size();
            }
            looked = key;
            return hasRoom(key);
        }

        /** Whether the part has room behind a key. */
        private boolean hasRoom(byte[] key) {
            boolean isFull = found.size() >= maxImages
                    || looks >= MAX_LOOKS
                    || (looks >= MIN_LOOKS && cancellation.isTurnOver());
            last = isFull ? key : null;
            return !isFull;
        }

        /** Present images, with those of the past in their place. */
        private final class Merge {
            private final Iterator<Map.Entry<byte[], Optional<EncodedRecord>>> differing;
            private Map.@Nullable Entry<byte[], Optional<EncodedRecord>> next;

            /** The last key that was passed, whether there was an image or not. */
            private byte @Nullable [] passed;

            Merge(NavigableMap<byte[], Optional<EncodedRecord>> differing) {
                this.differing = differing.entrySet().iterator();
                advance();
            }

            private void advance() {
                next = differing.hasNext() ? differing.next() : null;
            }

            /** Takes the next present image; returns whether the part has room for another. */
            boolean present(byte[] key, EncodedRecord record) {
                boolean hasRoom = true;
                while (hasRoom && next != null && Arrays.compareUnsigned(next.getKey(), key) < 0) {
                    hasRoom = past();
                }
                if (!hasRoom) {
                    return false;
                } else if (next != null && Arrays.equals(next.getKey(), key)) {
                    return past();
                } else if (!differences.isBeforeEnd(key)) {
                    last = passed;
                    return false;
                }
                passed = key;
                return look(key, record);
            }

            /**
             * Takes a key of an index that leads to no image, or to the one that was taken last: it costs as much as a look. Returns
             * whether the part has room for another image.
             */
            boolean absent(byte[] key) {
                boolean hasRoom = true;
                while (hasRoom && next != null && Arrays.compareUnsigned(next.getKey(), key) <= 0) {
                    hasRoom = past();
                }
                if (!hasRoom) {
                    return false;
                } else if (!differences.isBeforeEnd(key)) {
                    last = passed;
                    return false;
                }
                passed = key;
                looks++;
                return hasRoom(key);
            }

            /** Takes what is left of the past, behind all present images. */
            void finish() {
                boolean hasRoom = true;
                while (hasRoom && next != null) {
                    hasRoom = past();
                }
                if (hasRoom && !differences.reaches(end)) {
                    last = passed;
                }
            }

            private boolean past() {
                Map.Entry<byte[], Optional<EncodedRecord>> entry = Objects.requireNonNull(next);
                advance();
                passed = entry.getKey();
                return entry.getValue().isEmpty()
                        || look(entry.getKey(), entry.getValue().get());
            }
        }
    }
}
