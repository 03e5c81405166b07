package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.filters.Field;
import dev.imaged.filters.FieldSource;
import dev.imaged.filters.Filters;
import dev.imaged.filters.Operator;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.wire.EncodedFields;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A list. Where indexes serve every alternative, the names that they give are merged in order, without duplicates;
 * otherwise the records are read one after the other. Either way the filters have the last word on each record, so an
 * index may give too much.
 */
final class StoreQuery implements ImageQuery {
    /** How many candidates a small query has at most. */
    private static final int SMALL = 128;

    /** More candidates than these are read past the memory of single images. */
    private static final int FEW = 8;

    /** How many bytes the answer of a small query has at most. */
    private static final int SMALL_BYTES = 512 * 1024;

    private final StoreReader reader;
    private final String namespace;
    private final Filters filters;
    private final QueryPlan plan;
    private final boolean matchesAll;

    StoreQuery(StoreReader reader, String namespace, Filters filters) {
        this.reader = reader;
        this.namespace = namespace;
        this.filters = filters;
        this.plan = QueryPlan.of(namespace, filters);
        this.matchesAll = filters.alternatives().isEmpty()
                || filters.alternatives().stream()
                        .anyMatch(filter -> filter.selectors().isEmpty());
    }

    @Override
    public @Nullable ByteString runAtOnce(long maxBytes) {
        if (matchesAll) {
            return reader.listIfCurrent(namespace)
                    .filter(list -> list.bytes() <= maxBytes)
                    .map(NamespaceList::response)
                    .orElse(null);
        }
        if (!plan.isIndexed() || usesRegexps()) {
            return null;
        }
        Optional<ByteString> response = reader.read(snapshot -> {
            Set<byte[]> keys = candidates(snapshot, SMALL, () -> false);
            return keys.size() > SMALL ? Optional.empty() : fetch(snapshot, keys, SMALL_BYTES, () -> false);
        });
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
        if (plan.isIndexed()) {
            return reader.read(snapshot -> fetch(
                            snapshot, candidates(snapshot, Integer.MAX_VALUE, abandoned), Integer.MAX_VALUE, abandoned)
                    .orElseThrow());
        }
        boolean all = Arrays.equals(plan.scanPrefix(), Keys.images(namespace)) && !abandoned.getAsBoolean();
        Optional<NamespaceList> list = all ? reader.list(namespace) : Optional.empty();
        if (list.isEmpty()) {
            return reader.read(snapshot -> scan(snapshot, abandoned));
        }
        return matchesAll ? list.get().response() : matching(list.get(), abandoned);
    }

    private ByteString matching(NamespaceList list, BooleanSupplier abandoned) {
        EncodedResponse response = new EncodedResponse();
        list.forEach(message -> {
            if (filters.matches(new Fields(message, abandoned))) {
                response.add(message);
            }
            return !abandoned.getAsBoolean();
        });
        return response.build();
    }

    /** Returns the keys of the records to look at, in order; it stops when there are more than {@code enough}. */
    private Set<byte[]> candidates(Snapshot snapshot, int enough, BooleanSupplier abandoned) {
        Set<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        byte[] images = Keys.images(namespace);
        for (QueryPlan.Access access : plan.accesses()) {
            if (abandoned.getAsBoolean()) {
                break;
            }
            snapshot.scan(access.table(), access.prefix(), (key, value) -> {
                int name = Keys.nameOffset(key, access.components());
                keys.add(Keys.concat(images, Arrays.copyOfRange(key, name, key.length)));
                return keys.size() <= enough && !access.isPoint() && !abandoned.getAsBoolean();
            });
        }
        return keys;
    }

    /** Returns the images of these keys that match, nothing when they are more than {@code maxBytes}. */
    private Optional<ByteString> fetch(Snapshot snapshot, Set<byte[]> keys, int maxBytes, BooleanSupplier abandoned) {
        EncodedResponse response = new EncodedResponse();
        long revision = Revisions.last(snapshot);
        boolean fromMemory = keys.size() <= FEW;
        for (byte[] key : keys) {
            if (abandoned.getAsBoolean()) {
                break;
            }
            ImageRecord record =
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

    private ByteString scan(Snapshot snapshot, BooleanSupplier abandoned) {
        EncodedResponse response = new EncodedResponse();
        Schema.IMAGES.scan(snapshot, plan.scanPrefix(), plan.scanPrefix(), (key, value) -> {
            addIfMatching(ImageCodec.decode(key, value), response, abandoned);
            return !abandoned.getAsBoolean();
        });
        return response.build();
    }

    private void addIfMatching(ImageRecord record, EncodedResponse response, BooleanSupplier abandoned) {
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
