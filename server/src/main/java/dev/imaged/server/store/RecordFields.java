package dev.imaged.server.store;

import com.google.protobuf.ByteString;
import dev.imaged.filters.Field;
import dev.imaged.filters.FieldSource;
import dev.imaged.internal.wire.EncodedFields;
import dev.imaged.server.engine.Cancellation;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an encoded image for a filter. It asks for the cancellation at each field, because the filters may be many, or slow.
 */
final class RecordFields implements FieldSource {
    private final EncodedFields fields;
    private final Cancellation cancellation;

    RecordFields(ByteString image, Cancellation cancellation) {
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
