package dev.imaged.filters;

import dev.imaged.errors.ImageException;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds a {@link Filter} that reads aloud: {@code
 * Filter.where().name().matchesRegex("^docker\\.io/").and().label("env").equalTo("prod").build()}. Each step is
 * immutable and thread-safe, so two filters can share their first conditions.
 *
 * <p>Keys and values are any text: quoting is done here. Only text with an unpaired surrogate, which has no UTF-8 form,
 * is refused, with {@link ImageException.InvalidArgument}.
 */
public final class FilterBuilder {
    private final List<Selector> before;

    FilterBuilder(List<Selector> before) {
        this.before = before;
    }

    /** Selects by the image's name. */
    public Condition name() {
        return new Condition(Field.NAME);
    }

    /** Selects by the target's digest. */
    public Condition targetDigest() {
        return new Condition(Field.TARGET_DIGEST);
    }

    /** Selects by the target's media type. */
    public Condition targetMediaType() {
        return new Condition(Field.TARGET_MEDIATYPE);
    }

    /** Selects by the label {@code key}. */
    public Condition label(String key) {
        return new Condition(Field.label(valid(key)));
    }

    /** Selects by the target's annotation {@code key}. */
    public Condition annotation(String key) {
        return new Condition(Field.annotation(valid(key)));
    }

    private static String valid(String text) {
        if (Unicode.hasLoneSurrogate(text)) {
            throw new ImageException.InvalidArgument("filter text holds an unpaired surrogate");
        }
        return text;
    }

    /** A field that waits for its operator. */
    public final class Condition {
        private final Field field;

        private Condition(Field field) {
            this.field = field;
        }

        /** The field is present. */
        public Conjunction present() {
            return with(Operator.PRESENT, "");
        }

        /** The field is present and is {@code value}. */
        public Conjunction equalTo(String value) {
            return with(Operator.EQUAL, value);
        }

        /** The field is not {@code value}; an absent one counts as empty. */
        public Conjunction notEqualTo(String value) {
            return with(Operator.NOT_EQUAL, value);
        }

        /**
         * The RE2 {@code regexp} is found in the field. An absent field counts as empty; an invalid regexp matches
         * nothing.
         */
        public Conjunction matchesRegex(String regexp) {
            return with(Operator.MATCHES, regexp);
        }

        private Conjunction with(Operator operator, String value) {
            List<Selector> selectors = new ArrayList<>(before);
            selectors.add(new Selector(field.path(), operator, valid(value)));
            return new Conjunction(selectors);
        }
    }

    /** A filter that is complete, and that can be narrowed further. */
    public static final class Conjunction {
        private final List<Selector> selectors;

        private Conjunction(List<Selector> selectors) {
            this.selectors = selectors;
        }

        /** Adds another condition, which has to hold as well. */
        public FilterBuilder and() {
            return new FilterBuilder(selectors);
        }

        /** Returns the filter. */
        public Filter build() {
            return new Filter(selectors);
        }
    }
}
