package dev.imaged.images;

import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.GoQuote;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Reads an image, changes it, and writes it if nobody else has, again and again. */
record Modification(Transactions transactions, String name, UnaryOperator<Image> change) {
    static final int MAX_ATTEMPTS = 10;

    VersionedImage run() {
        for (int attempt = 1; ; attempt++) {
            VersionedImage before = read();
            Image after = change.apply(before.image());
            if (!after.name().equals(name)) {
                throw new InvalidArgument("image " + GoQuote.quote(name) + " cannot be modified to have the name "
                                + GoQuote.quote(after.name()))
                        .withReason("INVALID_IMAGE", Map.of("name", name));
            }
            try {
                return only(transactions.apply(Apply.of(Operation.put(after).ifRevision(before.revision()))));
            } catch (Aborted e) {
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /** An image that gets its own target and labels stays as it is, and the answer has its revision. */
    private VersionedImage read() {
        return only(transactions.apply(Apply.of(Operation.tag(name, name)).with(RequestOptions.DEFAULT.validating())));
    }

    private static VersionedImage only(Applied applied) {
        return Objects.requireNonNull(applied.results().get(0).image());
    }
}
