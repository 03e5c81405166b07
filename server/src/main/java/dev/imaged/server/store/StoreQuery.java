package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.filters.Filters;
import dev.imaged.server.engine.AnswerLimits;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.store.cache.ImageTree;
import dev.imaged.server.store.kv.EntryVisitor;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.record.Revisions;
import dev.imaged.server.store.record.Schema;
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

    /** What fetching an image of an index costs, in bytes of images in memory that are scanned. */
    private static final long FETCH_COST = 6 * 1024;

    /** What of the images has to be read from the database costs so many times as much as to look at it in memory. */
    private static final long READ_COST = 10;

    /** What an image has about, in bytes. */
    private static final int IMAGE_BYTES = 300;

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
            ImageTree images = reader.images(namespace, false);
            return images != null && images.bytes() <= limits.cachedBytes() ? images.response() : null;
        }
        if (!plan.isIndexed()) {
            return null;
        }
        Optional<ByteString> response = reader.read(
                namespace,
                false,
                (snapshot, images) -> plan.keys(
                                snapshot, Keys.images(namespace), limits.candidates(), Cancellation.NONE)
                        .flatMap(keys -> fetch(snapshot, images, keys, limits.indexedBytes(), Cancellation.NONE)));
        return response.orElse(null);
    }

    @Override
    public ByteString answer(Cancellation cancellation) {
        KeyStarts names = choice == PlanChoice.SCAN ? KeyStarts.all(namespace) : KeyStarts.of(namespace, filters);
        Optional<ByteString> response = plan.isIndexed() && choice != PlanChoice.SCAN
                ? reader.read(namespace, true, (snapshot, images) -> indexed(snapshot, images, names, cancellation))
                : Optional.empty();
        return response.orElseGet(() -> scan(names, cancellation));
    }

    /** Answers by an index, nothing when that costs more than to scan. */
    private Optional<ByteString> indexed(
            Snapshot snapshot, @Nullable ImageTree images, KeyStarts names, Cancellation cancellation) {
        long cost = choice == PlanChoice.INDEX ? Long.MAX_VALUE : scanCost(snapshot, images, names);
        // Each alternative is looked for in every image, in one that is scanned as in one that is fetched.
        double looks = Math.max(1, filters.alternatives().size());
        double enough = cost * looks / (FETCH_COST + IMAGE_BYTES * looks);
        return plan.keys(snapshot, Keys.images(namespace), (int) Math.max(FEW, enough), cancellation)
                .flatMap(keys -> fetch(snapshot, images, keys, Integer.MAX_VALUE, cancellation));
    }

    /** Returns about what it costs to look for names, in bytes of images in memory that are looked at. */
    private static long scanCost(Snapshot snapshot, @Nullable ImageTree images, KeyStarts names) {
        return images == null ? READ_COST * IMAGE_BYTES * snapshot.count(Schema.IMAGES.entries()) : images.bytes(names);
    }

    private ByteString scan(KeyStarts names, Cancellation cancellation) {
        cancellation.check();
        ImageTree images = reader.images(namespace, true);
        if (images != null && matchesAll) {
            return images.response();
        }
        Optional<ByteString> response = images == null ? Optional.empty() : matching(images, names, cancellation);
        return response.orElseGet(
                () -> reader.read(namespace, false, (snapshot, current) -> readAll(snapshot, names, cancellation)));
    }

    /**
     * Returns the images that match, nothing when so much is written meanwhile that these would take as much memory again as those
     * that replace them.
     */
    private Optional<ByteString> matching(ImageTree images, KeyStarts names, Cancellation cancellation) {
        EncodedResponse response = new EncodedResponse();
        long start = reader.replaced();
        boolean isWhole = images.forEach(names, image -> {
            addIfMatching(image, response, cancellation);
            cancellation.check();
            return !reader.isMuchReplacedSince(start);
        });
        return isWhole ? Optional.of(response.build()) : Optional.empty();
    }

    /** Returns the images of these keys that match, nothing when they are more than {@code maxBytes}. */
    private Optional<ByteString> fetch(
            Snapshot snapshot, @Nullable ImageTree images, List<byte[]> keys, int maxBytes, Cancellation cancellation) {
        EncodedResponse response = new EncodedResponse();
        Source source = source(snapshot, images, keys.size());
        byte[] previous = null;
        for (byte[] key : keys) {
            cancellation.check();
            if (Arrays.equals(key, previous)) {
                continue;
            }
            previous = key;
            EncodedRecord record = source.find(key);
            if (record != null) {
                addIfMatching(record, response, cancellation);
            }
            if (response.size() > maxBytes) {
                return Optional.empty();
            }
        }
        if (images == null && response.size() > 0) {
            reader.request(namespace);
        }
        return Optional.of(response.build());
    }

    /** Where the images of keys are. */
    private interface Source {
        @Nullable
        EncodedRecord find(byte[] key);
    }

    private Source source(Snapshot snapshot, @Nullable ImageTree images, int count) {
        if (images != null) {
            int nameOffset = Keys.images(namespace).length;
            return key -> images.find(key, nameOffset);
        }
        long revision = Revisions.last(snapshot);
        return count <= FEW
                ? key -> reader.find(snapshot, revision, key)
                : key -> StoreReader.readRecord(snapshot, key);
    }

    /** Reads the images whose names may match from the database. */
    private ByteString readAll(Snapshot snapshot, KeyStarts names, Cancellation cancellation) {
        EncodedResponse response = new EncodedResponse();
        Schema.IMAGES.scan(snapshot, names, new EntryVisitor() {
            @Override
            public boolean visit(byte[] key, byte[] value) {
                addIfMatching(ImageCodec.decode(key, value), response, cancellation);
                return skip();
            }

            @Override
            public boolean skip() {
                cancellation.check();
                return true;
            }
        });
        if (response.size() > 0) {
            reader.request(namespace);
        }
        return response.build();
    }

    private void addIfMatching(EncodedRecord record, EncodedResponse response, Cancellation cancellation) {
        if (matchesAll || filters.matches(new RecordFields(record.message(), cancellation))) {
            response.add(record.value(), record.offset(), record.size());
        }
    }
}
