package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.filters.Field;
import dev.imaged.filters.FieldSource;
import dev.imaged.filters.FilterHints;
import dev.imaged.filters.Filters;
import dev.imaged.filters.Operator;
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
import dev.imaged.wire.EncodedFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A list. Where indexes serve every alternative, the names that they give are merged in order, without duplicates; where
 * names are all that is looked for, the records are read that have them. Both end early when that costs more than to scan
 * the namespace, which is what all other lists do. Any way the filters have the last word on each record, so an index may
 * give too much.
 */
final class StoreQuery implements ImageQuery {
    /** How many candidates a small query has at most. */
    private static final int SMALL = 128;

    /** More candidates than these are read past the memory of single images. */
    private static final int FEW = 8;

    /** How many bytes the answer of a small query has at most. */
    private static final int SMALL_BYTES = 512 * 1024;

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
        return FilterHints.of(filters);
    }

    @Override
    public @Nullable ByteString runAtOnce(long maxBytes) {
        if (matchesAll) {
            return reader.listIfCurrent(namespace)
                    .filter(list -> list.bytes() <= maxBytes)
                    .map(NamespaceListing::response)
                    .orElse(null);
        }
        if (!plan.isIndexed() || usesRegexps()) {
            return null;
        }
        Optional<ByteString> response = reader.read(snapshot -> candidates(snapshot, SMALL, () -> false)
                .flatMap(keys -> fetch(snapshot, keys, SMALL_BYTES, () -> false)));
        return response.orElse(null);
    }

    /** A regexp may take long to compile and to match, whatever the number of images. */
    private boolean usesRegexps() {
        return filters.alternatives().stream()
                .flatMap(filter -> filter.selectors().stream())
                .anyMatch(selector -> selector.operator() == Operator.MATCHES);
    }

    @Override
    public ByteString run(BooleanSupplier abandoned) {
        KeyStarts names = choice == PlanChoice.SCAN ? KeyStarts.all(namespace) : KeyStarts.of(namespace, filters);
        boolean narrowly = switch (choice) {
            case SCAN -> false;
            case INDEX -> plan.isIndexed() || names.isNarrow();
            case ESTIMATED ->
                plan.isIndexed()
                        || (names.isNarrow() && reader.listIfCurrent(namespace).isEmpty());
        };
        Optional<ByteString> response =
                narrowly ? reader.read(snapshot -> narrowly(snapshot, names, abandoned)) : Optional.empty();
        return response.orElseGet(() -> scan(names, abandoned));
    }

    /** Answers by an index or by names, nothing when that costs more than to scan. */
    private Optional<ByteString> narrowly(Snapshot snapshot, KeyStarts names, BooleanSupplier abandoned) {
        long cost = choice == PlanChoice.INDEX
                ? Long.MAX_VALUE
                : reader.scanCost(snapshot, namespace, names).orElse(UNKNOWN_SCAN_COST);
        if (!plan.isIndexed()) {
            long most = reader.isTooLarge(namespace) ? Long.MAX_VALUE : cost; // a scan would read the same
            return byNames(snapshot, names, most, abandoned);
        }
        // Each alternative is looked for in every image, in one that is scanned as in one that is fetched.
        double looks = Math.max(1, filters.alternatives().size());
        double enough = cost * looks / (FETCH_COST + IMAGE_BYTES * looks);
        return candidates(snapshot, (int) Math.max(FEW, enough), abandoned)
                .flatMap(keys -> fetch(snapshot, keys, Integer.MAX_VALUE, abandoned));
    }

    private ByteString scan(KeyStarts names, BooleanSupplier abandoned) {
        Optional<NamespaceListing> list = abandoned.getAsBoolean() ? Optional.empty() : reader.list(namespace);
        if (list.isEmpty()) {
            return reader.read(snapshot ->
                    byNames(snapshot, names, Long.MAX_VALUE, abandoned).orElseThrow());
        }
        return matchesAll ? list.get().response() : matching(list.get(), names, abandoned);
    }

    private ByteString matching(NamespaceListing list, KeyStarts names, BooleanSupplier abandoned) {
        EncodedResponse response = new EncodedResponse();
        list.forEach(names, message -> {
            if (filters.matches(new Fields(message, abandoned))) {
                response.add(message);
            }
            return !abandoned.getAsBoolean();
        });
        return response.build();
    }

    /** Returns the keys of the records to look at, in order and without duplicates; nothing when there are more than enough. */
    private Optional<List<byte[]>> candidates(Snapshot snapshot, int enough, BooleanSupplier abandoned) {
        List<byte[]> keys = new ArrayList<>();
        byte[] images = Keys.images(namespace);
        for (QueryPlan.Access access : plan.accesses()) {
            if (keys.size() > enough || abandoned.getAsBoolean()) {
                break;
            }
            snapshot.scan(access.table(), access.prefix(), (key, value) -> {
                int name = Keys.nameOffset(key, access.components());
                keys.add(Keys.concat(images, Arrays.copyOfRange(key, name, key.length)));
                return keys.size() <= enough && !access.isPoint() && !abandoned.getAsBoolean();
            });
        }
        if (keys.size() > enough) {
            return Optional.empty();
        }
        keys.sort(Arrays::compareUnsigned);
        return Optional.of(keys);
    }

    /** Returns the images of these keys that match, nothing when they are more than {@code maxBytes}. */
    private Optional<ByteString> fetch(Snapshot snapshot, List<byte[]> keys, int maxBytes, BooleanSupplier abandoned) {
        EncodedResponse response = new EncodedResponse();
        long revision = Revisions.last(snapshot);
        boolean fromMemory = keys.size() <= FEW;
        byte[] previous = null;
        for (byte[] key : keys) {
            if (abandoned.getAsBoolean()) {
                break;
            }
            if (Arrays.equals(key, previous)) {
                continue;
            }
            previous = key;
            EncodedRecord record =
                    fromMemory ? reader.find(snapshot, revision, key) : StoreReader.readRecord(snapshot, key);
            if (record != null) {
                addIfMatching(record, response, abandoned);
            }
            if (response.size() > maxBytes) {
                return Optional.empty();
            }
        }
        return Optional.of(response.build());
    }

    /** Reads the images whose names may match, nothing when that costs more. */
    private Optional<ByteString> byNames(Snapshot snapshot, KeyStarts names, long cost, BooleanSupplier abandoned) {
        NameReader images = new NameReader(cost, abandoned);
        Schema.IMAGES.scan(snapshot, names, images);
        return images.left < 0 ? Optional.empty() : Optional.of(images.response.build());
    }

    /** Puts what matches into a response until it has cost enough. */
    private final class NameReader implements EntryVisitor {
        private final EncodedResponse response = new EncodedResponse();
        private final BooleanSupplier abandoned;
        private long left;

        NameReader(long cost, BooleanSupplier abandoned) {
            this.left = cost;
            this.abandoned = abandoned;
        }

        @Override
        public boolean visit(byte[] key, byte[] value) {
            addIfMatching(ImageCodec.decode(key, value), response, abandoned);
            return goesOn(value.length);
        }

        @Override
        public boolean skip() {
            return goesOn(SKIPPED_BYTES);
        }

        private boolean goesOn(int bytes) {
            left -= ListingCache.READ_COST * bytes;
            return left >= 0 && !abandoned.getAsBoolean();
        }
    }

    private void addIfMatching(EncodedRecord record, EncodedResponse response, BooleanSupplier abandoned) {
        if (matchesAll || filters.matches(new Fields(record.message(), abandoned))) {
            response.add(record.value(), record.offset(), record.size());
        }
    }

    /** An image that very many filters, or a slow one, do not keep a list busy with that nobody waits for. */
    private static final class Fields implements FieldSource {
        private final EncodedFields fields;
        private final BooleanSupplier abandoned;

        Fields(ByteString image, BooleanSupplier abandoned) {
            this.fields = new EncodedFields(image);
            this.abandoned = abandoned;
        }

        @Override
        public @Nullable String value(Field field) {
            requireWanted();
            return fields.value(field);
        }

        @Override
        public void requireWanted() {
            if (abandoned.getAsBoolean()) {
                throw new ImageException.Cancelled("nobody waits for the list any more", null);
            }
        }
    }
}
