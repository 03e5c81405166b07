package dev.imaged.filters;

import dev.imaged.internal.unicode.CaseForms;
import dev.imaged.internal.unicode.CodePoints;
import dev.imaged.internal.unicode.CodePointsBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts of a regexp that match one code point: escapes, names of sets, and classes in brackets. Throws
 * IllegalArgumentException for invalid parts. Not thread-safe.
 */
final class RegexpCharacters {
    private final RegexpSource source;
    private final RegexpCost cost;

    /** The position of the next {@code :]}. A search from each {@code [:} would take time that is quadratic in the length. */
    private int posixEnd;

    RegexpCharacters(RegexpSource source, RegexpCost cost) {
        this.source = source;
        this.cost = cost;
    }

    /** Reads a class in brackets. */
    CodePoints bracketed(boolean foldsCase) {
        source.skip("[");
        boolean negated = source.skip("^");
        CodePointsBuilder builder = new CodePointsBuilder();
        do { // at least one: a bracket at the start does not close
            int before = builder.size();
            CodePoints set = setInBrackets(foldsCase);
            if (set == null) {
                addRange(builder, foldsCase);
            } else {
                builder.addAll(set);
            }
            cost.add(builder.size() - before);
        } while (source.peek() != ']');
        source.skip("]");
        CodePoints points = builder.build();
        return negated ? points.negated() : points;
    }

    private @Nullable CodePoints setInBrackets(boolean foldsCase) {
        return source.peek() == '[' && source.peek(1) == ':' ? posix(foldsCase) : set(foldsCase);
    }

    private @Nullable CodePoints posix(boolean foldsCase) {
        int name = source.position() + "[:".length();
        if (posixEnd < name) {
            int found = source.find(":]", name);
            posixEnd = found < 0 ? Integer.MAX_VALUE : found;
        }
        if (posixEnd == Integer.MAX_VALUE) {
            return null;
        }
        CodePoints set = RegexpSets.ascii(source.take(posixEnd + ":]".length()), foldsCase);
        if (set == null) {
            throw new IllegalArgumentException("a class has a name that is not known");
        }
        return set;
    }

    private void addRange(CodePointsBuilder builder, boolean foldsCase) {
        int first = characterInBrackets();
        int last = first;
        if (source.peek() == '-' && source.peek(1) != ']') {
            source.next();
            last = characterInBrackets();
        }
        if (last < first) {
            throw new IllegalArgumentException("a range of a class ends before it starts");
        }
        if (foldsCase) {
            CaseForms.addFolded(builder, first, last);
        } else {
            builder.add(first, last);
        }
    }

    private int characterInBrackets() {
        if (source.peek() == '\\') {
            return escaped();
        }
        int point = source.next();
        if (point == RegexpSource.END) {
            throw new IllegalArgumentException("a ] is missing");
        }
        return point;
    }

    /** Reads the escape of a set, such as {@code \d} or {@code \p{Greek}}; returns null, and reads nothing, if it is another escape. */
    @Nullable
    CodePoints set(boolean foldsCase) {
        if (source.peek() != '\\') {
            return null;
        }
        int letter = source.peek(1);
        if (letter == 'p' || letter == 'P') {
            return unicode(foldsCase);
        }
        CodePoints set = letter == RegexpSource.END ? null : RegexpSets.ascii("\\" + (char) letter, foldsCase);
        if (set != null) {
            source.take(source.position() + 2);
        }
        return set;
    }

    private CodePoints unicode(boolean foldsCase) {
        source.skip("\\");
        boolean negated = source.next() == 'P';
        String name = unicodeName();
        if (name.startsWith("^")) {
            negated = !negated;
            name = name.substring(1);
        }
        CodePoints set = RegexpSets.unicode(name, foldsCase);
        if (set == null) {
            throw new IllegalArgumentException("Unicode has no category or script of a name");
        }
        if (!negated) {
            return set;
        }
        cost.add(set.ranges());
        return set.negated();
    }

    private String unicodeName() {
        int start = source.position();
        if (!source.skip("{")) {
            source.next();
            int end = source.position();
            source.back(start);
            return source.take(end);
        }
        int end = source.find("}", start);
        if (end < 0) {
            throw new IllegalArgumentException("a } is missing");
        }
        String name = source.take(end);
        source.skip("}");
        return name;
    }

    /** Reads the escape of one code point. */
    int escaped() {
        source.skip("\\");
        int c = source.next();
        return switch (c) {
            case 'a' -> 0x07;
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'v' -> 0x0B;
            case 'x' -> hexadecimal();
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(c);
            default -> itself(c);
        };
    }

    private static int itself(int c) {
        if (c < 0 || c >= 0x80 || Character.isLetterOrDigit(c)) {
            throw new IllegalArgumentException("an escape is not known (RE2 has fewer than Perl)");
        }
        return c;
    }

    /** Reads one to three digits, after the first was read. A single digit has to be zero: any other would refer to a group. */
    private int octal(int first) {
        int value = first - '0';
        if (value > 0 && digit(source.peek(), 8) < 0) {
            throw new IllegalArgumentException("references to groups are not known (RE2 has none)");
        }
        for (int i = 1; i < 3 && digit(source.peek(), 8) >= 0; i++) {
            value = 8 * value + digit(source.next(), 8);
        }
        return value;
    }

    /** Reads two digits, or any number of digits in braces. */
    private int hexadecimal() {
        boolean braces = source.skip("{");
        int value = 0;
        int digits = 0;
        while (braces ? source.peek() != '}' || digits == 0 : digits < 2) {
            int digit = digit(source.next(), 16);
            value = 16 * value + digit;
            digits++;
            if (digit < 0 || value > Character.MAX_CODE_POINT) {
                throw new IllegalArgumentException("a hexadecimal escape names no code point");
            }
        }
        source.skip(braces ? "}" : "");
        return value;
    }

    /** Returns the value of an ASCII digit, -1 for all else. */
    private static int digit(int c, int radix) {
        return c >= 0 && c < 0x80 ? Character.digit(c, radix) : -1;
    }
}
