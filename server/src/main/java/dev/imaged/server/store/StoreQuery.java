package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.filters.Field;
import dev.imaged.filters.FieldSource;
import dev.imaged.filters.Filters;
import dev.imaged.internal.wire.EncodedFields;
import dev.imaged.server.engine.AnswerLimits;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.store.cache.ListingCache;
import dev.imaged.server.store.cache.NamespaceListing;
import dev.imaged.server.store.kv.EntryVisitor;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A list. Where indexes serve every alternative, the names that they give are merged in order, without duplicates; where
 * names are all that is looked for, the records are read that have them. Both end early when that costs more than to scan
 * the namespace, which is what all other lists do. Any way the filters have the last word on each record, so an index may
 * give too much.
 */
final class StoreQuery implements ImageQuery {
    /** More candidates than these are read past the memory of single images. */
    private static final int FEW = 8;

    /** What fetching an image of an index costs, in bytes of a list that are scanned. */
    private static final long FETCH_COST = 6 * 1024;

    /** What a list by an index may cost in a namespace that was not read before: then it is, and what it costs is known. */
    private static final long UNKNOWN_SCAN_COST = 10_000 * FETCH_COST;

    /** What an image has about, in bytes. */
    private static final int IMAGE_BYTES = 300;

    /** What to skip an image costs, as if it had so many bytes to read. */
    private static final int SKIPPED_BYTES = 150;

    private final StoreReader reader;
    private final String namespace;
    private final Filters filters;
    private final PlanChoice choice;
    private final QueryPlan plan;
    private final boolean matchesAll;

    StoreQuery(StoreReader reader, String namespace, Filters filters, PlanChoice choice) {
        this.reader = reader;
        this.namespace = namespace;
        this.filters = filters;
        this.choice = choice;
        this.plan = QueryPlan.of(namespace, filters);
        this.matchesAll = filters.alternatives().isEmpty()
                || filters.alternatives().stream()
                        .anyMatch(filter -> filter.selectors().isEmpty());
    }

    @Override
    public List<String> hints() {
        return filters.hints();
    }

    @Override
    public @Nullable ByteString answerNow(AnswerLimits limits) {
        if (matchesAll) {
            return reader.listIfCurrent(namespace)
                    .filter(list -> list.bytes() <= limits.cachedBytes())
                    .map(NamespaceListing::response)
                    .orElse(null);
        }
        if (!plan.isIndexed()) {
            return null;
        }
        Optional<ByteString> response =
                reader.read(snapshot -> candidates(snapshot, limits.candidates(), Cancellation.NONE)
                        .flatMap(keys -> fetch(snapshot, keys, limits.indexedBytes(), Cancellation.NONE)));
        return response.orElse(null);
    }

    @Override
    public ByteString answer(Cancellation cancellation) {
        KeyStarts names = choice == PlanChoice.SCAN ? KeyStarts.all(namespace) : KeyStarts.of(namespace, filters);
        boolean narrowly = switch (choice) {
            case SCAN -> false;
            case INDEX -> plan.isIndexed() || names.isNarrow();
            case ESTIMATED ->
                plan.isIndexed()
                        || (names.isNarrow() && reader.listIfCurrent(namespace).isEmpty());
        };
        Optional<ByteString> response =
                narrowly ? reader.read(snapshot -> narrowly(snapshot, names, cancellation)) : Optional.empty();
        return response.orElseGet(() -> scan(names, cancellation));
    }

    /** Answers by an index or by names, nothing when that costs more than to scan. */
    private Optional<ByteString> narrowly(Snapshot snapshot, KeyStarts names, Cancellation cancellation) {
        long cost = choice == PlanChoice.INDEX
                ? Long.MAX_VALUE
                : reader.scanCost(snapshot, namespace, names).orElse(UNKNOWN_SCAN_COST);
        if (!plan.isIndexed()) {
            long most = reader.isTooLarge(namespace) ? Long.MAX_VALUE : cost; // a scan would read the same
            return byNames(snapshot, names, most, cancellation);
        }
        // Each alternative is looked for in every image, in one that is scanned as in one that is fetched.
        double looks = Math.max(1, filters.alternatives().size());
        double enough = cost * looks / (FETCH_COST + IMAGE_BYTES * looks);
        return candidates(snapshot, (int) Math.max(FEW, enough), cancellation)
                .flatMap(keys -> fetch(snapshot, keys, Integer.MAX_VALUE, cancellation));
    }

    private ByteString scan(KeyStarts names, Cancellation cancellation) {
        cancellation.check();
        Optional<NamespaceListing> list = reader.list(namespace);
        if (list.isEmpty()) {
            return reader.read(snapshot ->
                    byNames(snapshot, names, Long.MAX_VALUE, cancellation).orElseThrow());
        }
        return matchesAll ? list.get().response() : matching(list.get(), names, cancellation);
    }

    private ByteString matching(NamespaceListing list, KeyStarts names, Cancellation cancellation) {
        EncodedResponse response = new EncodedResponse();
        list.forEach(names, message -> {
            if (filters.matches(new Fields(message, cancellation))) {
                response.add(message);
            }
            cancellation.check();
            return true;
        });
        return response.build();
    }

    /** Returns the keys of the records to look at, in order and without duplicates; nothing when there are more than enough. */
    private Optional<List<byte[]>> candidates(Snapshot snapshot, int enough, Cancellation cancellation) {
        List<byte[]> keys = new ArrayList<>();
        byte[] images = Keys.images(namespace);
        for (QueryPlan.Access access : plan.accesses()) {
            if (keys.size() > enough) {
                break;
            }
            snapshot.scan(access.table(), access.prefix(), (key, value) -> {
                int name = access.name().in(key);
                keys.add(Keys.concat(images, Arrays.copyOfRange(key, name, key.length)));
                cancellation.check();
                return keys.size() <= enough && !access.isPoint();
            });
        }
        if (keys.size() > enough) {
            return Optional.empty();
        }
        keys.sort(Arrays::compareUnsigned);
        return Optional.of(keys);
    }

    /** Returns the images of these keys that match, nothing when they are more than {@code maxBytes}. */
    private Optional<ByteString> fetch(Snapshot snapshot, List<byte[]> keys, int maxBytes, Cancellation cancellation) {
        EncodedResponse response = new EncodedResponse();
        long revision = Revisions.last(snapshot);
        boolean fromMemory = keys.size() <= FEW;
        byte[] previous = null;
        for (byte[] key : keys) {
            cancellation.check();
            if (Arrays.equals(key, previous)) {
                continue;
            }
            previous = key;
            EncodedRecord record =
                    fromMemory ? reader.find(snapshot, revision, key) : StoreReader.readRecord(snapshot, key);
            if (record != null) {
                addIfMatching(record, response, cancellation);
            }
            if (response.size() > maxBytes) {
                return Optional.empty();
            }
        }
        return Optional.of(response.build());
    }

    /** Reads the images whose names may match, nothing when that costs more. */
    private Optional<ByteString> byNames(Snapshot snapshot, KeyStarts names, long cost, Cancellation cancellation) {
        NameReader images = new NameReader(cost, cancellation);
        Schema.IMAGES.scan(snapshot, names, images);
        return images.left < 0 ? Optional.empty() : Optional.of(images.response.build());
    }

    /** Puts what matches into a response until it has cost enough. */
    private final class NameReader implements EntryVisitor {
        private final EncodedResponse response = new EncodedResponse();
        private final Cancellation cancellation;
        private long left;

        NameReader(long cost, Cancellation cancellation) {
            this.left = cost;
            this.cancellation = cancellation;
        }

        @Override
        public boolean visit(byte[] key, byte[] value) {
            addIfMatching(ImageCodec.decode(key, value), response, cancellation);
            return goesOn(value.length);
        }

        @Override
        public boolean skip() {
            return goesOn(SKIPPED_BYTES);
        }

        private boolean goesOn(int bytes) {
            left -= ListingCache.READ_COST * bytes;
            cancellation.check();
            return left >= 0;
        }
    }

    private void addIfMatching(EncodedRecord record, EncodedResponse response, Cancellation cancellation) {
        if (matchesAll || filters.matches(new Fields(record.message(), cancellation))) {
            response.add(record.value(), record.offset(), record.size());
        }
    }

    /** An image. A list asks for its cancellation while it matches one, because the filters may be many, or slow. */
    private static final class Fields implements FieldSource {
        private final EncodedFields fields;
        private final Cancellation cancellation;

        Fields(ByteString image, Cancellation cancellation) {
            this.fields = new EncodedFields(image);
            this.cancellation = cancellation;
        }

        @Override
        public @Nullable String value(Field field) {
            requireWanted();
            return fields.value(field);
        }

        @Override
        public void requireWanted() {
            cancellation.check();
        }
    }
}
