package dev.imaged.filters;

import dev.imaged.internal.unicode.CaseForms;
import dev.imaged.internal.unicode.CodePoints;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Reads a regexp of RE2's syntax as Go 1.26 does, in time linear in its length and its cost. Not thread-safe.
 */
final class RegexpParser {
    private static final int MAX_HEIGHT = 1_000;
    private static final int MAX_COPIES = 1_000;

    private static final int NONE = -2;

    private static final int FOLD_CASE = 1;
    private static final int MULTI_LINE = 2;
    private static final int DOT_ALL = 4;

    private final RegexpSource source;
    private final RegexpCost cost;
    private final RegexpCharacters characters;
    private final Deque<Group> open = new ArrayDeque<>();
    private Group group = new Group(false, 0);
    private int flags;

    /** The start of the part that is being read. */
    private int partStart;

    /** Whether the last thing read was a repeat, which another cannot follow. */
    private boolean afterRepeat;

    /** The parts of a group that were read, and the flags before the group. */
    private record Group(boolean captures, int flagsBefore, List<RegexpNode> parts, List<RegexpNode> choices) {
        Group(boolean captures, int flagsBefore) {
            this(captures, flagsBefore, new ArrayList<>(), new ArrayList<>());
        }
    }

    RegexpParser(String regexp, RegexpCost cost) {
        this.source = new RegexpSource(regexp);
        this.cost = cost;
        this.characters = new RegexpCharacters(source, cost);
    }

    /**
     * Returns the regexp as a tree.
     *
     * @throws IllegalArgumentException if it is invalid, or costs too much
     */
    RegexpNode parse() {
        source.requireValid();
        while (source.peek() != RegexpSource.END) {
            partStart = source.position();
            boolean repeat = step();
            if (repeat && afterRepeat) {
                throw new IllegalArgumentException("a repeat follows another");
            }
            afterRepeat = repeat;
        }
        partStart = source.position();
        if (!open.isEmpty()) {
            throw new IllegalArgumentException("a ) is missing");
        }
        return end(group);
    }

    /** Returns where the last part starts, in characters from the start. In an invalid regexp that is the wrong part. */
    int position() {
        return partStart;
    }

    /** Reads one part and returns whether it was a repeat. */
    private boolean step() {
        switch (source.peek()) {
            case '(' -> open();
            case ')' -> close();
            case '|' -> {
                source.next();
                endChoice(group);
            }
            case '[' -> add(new RegexpNode.OneOf(characters.bracketed(has(FOLD_CASE))));
            case '\\' -> escape();
            case '*', '+', '?', '{' -> {
                return repeat();
            }
            default -> plain(source.next());
        }
        return false;
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }

    private void add(RegexpNode part) {
        cost.add(1);
        group.parts.add(part);
    }

    private void plain(int point) {
        switch (point) {
            case '^' -> add(new RegexpNode.Place(has(MULTI_LINE) ? RegexpPlace.LINE_START : RegexpPlace.TEXT_START));
            case '$' -> add(new RegexpNode.Place(has(MULTI_LINE) ? RegexpPlace.LINE_END : RegexpPlace.TEXT_END));
            case '.' -> add(new RegexpNode.OneOf(has(DOT_ALL) ? RegexpSets.ANY : RegexpSets.NOT_NEWLINE));
            default -> literal(point);
        }
    }

    private void literal(int point) {
        CodePoints forms = has(FOLD_CASE) ? CaseForms.of(point) : null;
        add(forms == null ? new RegexpNode.Literal(point) : new RegexpNode.OneOf(forms));
    }

    private void escape() {
        if (source.skip("\\Q")) {
            quotation();
        } else if (source.skip("\\A")) {
            add(new RegexpNode.Place(RegexpPlace.TEXT_START));
        } else if (source.skip("\\z")) {
            add(new RegexpNode.Place(RegexpPlace.TEXT_END));
        } else if (source.skip("\\b")) {
            add(new RegexpNode.Place(RegexpPlace.WORD_EDGE));
        } else if (source.skip("\\B")) {
            add(new RegexpNode.Place(RegexpPlace.NO_WORD_EDGE));
        } else {
            CodePoints set = characters.set(has(FOLD_CASE));
            if (set == null) {
                literal(characters.escaped());
            } else {
                add(new RegexpNode.OneOf(set));
            }
        }
    }

    /** Reads a quotation, which ends with {@code \E}, or with the regexp. */
    private void quotation() {
        int end = source.find("\\E", source.position());
        String quoted = end < 0 ? source.takeAll() : source.take(end);
        source.skip("\\E");
        quoted.codePoints().forEach(this::literal);
    }

    private void open() {
        if (!source.skip("(?")) {
            source.next();
            push(true);
        } else if (source.skip("P<") || source.skip("<")) {
            name();
            push(true);
        } else {
            flags();
        }
    }

    private void push(boolean captures) {
        cost.add(1);
        open.push(group);
        group = new Group(captures, flags);
    }

    /** Reads the name of a group, which has to be valid, but is not used. Two groups may have the same name. */
    private void name() {
        int end = source.find(">", source.position());
        String name = end < 0 ? "" : source.take(end);
        source.skip(">");
        if (name.isEmpty() || !name.chars().allMatch(Unicode::isField)) {
            throw new IllegalArgumentException("a group has an invalid name");
        }
    }

    /** Reads flags, such as {@code i-s}, and whether they are for a group of their own. */
    private void flags() {
        int before = flags;
        boolean on = true;
        boolean complete = true;
        while (true) {
            int c = source.next();
            if (c == ':' && complete) {
                int inside = flags;
                flags = before;
                push(false);
                flags = inside;
                return;
            }
            if (c == ')' && complete) {
                return;
            }
            if (c == '-' && on) {
                on = false;
                complete = false;
            } else {
                int flag = flag(c);
                flags = on ? flags | flag : flags & ~flag;
                complete = true;
            }
        }
    }

    private static int flag(int letter) {
        return switch (letter) {
            case 'i' -> FOLD_CASE;
            case 'm' -> MULTI_LINE;
            case 's' -> DOT_ALL;
            case 'U' -> 0; // says which of several matches counts, which does not matter here
            default -> throw new IllegalArgumentException("a group has an invalid flag (RE2 has no lookaround)");
        };
    }

    private void close() {
        if (open.isEmpty()) {
            throw new IllegalArgumentException("a ( is missing");
        }
        source.next();
        RegexpNode closed = end(group);
        flags = group.flagsBefore;
        boolean captures = group.captures;
        group = open.pop();
        group.parts.add(captures ? limited(new RegexpNode.Capture(closed)) : closed);
    }

    private void endChoice(Group ended) {
        cost.add(2);
        List<RegexpNode> parts = ended.parts;
        ended.choices.add(parts.size() == 1 ? parts.get(0) : limited(new RegexpNode.Sequence(List.copyOf(parts))));
        parts.clear();
    }

    private RegexpNode end(Group ended) {
        endChoice(ended);
        List<RegexpNode> choices = ended.choices;
        return choices.size() == 1 ? choices.get(0) : limited(new RegexpNode.Choice(List.copyOf(choices)));
    }

    private static RegexpNode limited(RegexpNode node) {
        if (node.height > MAX_HEIGHT) {
            throw new IllegalArgumentException("the regexp nests more than " + MAX_HEIGHT + " deep");
        }
        return node;
    }

    /** Reads a repeat and returns true, or a brace that starts none and returns false. */
    private boolean repeat() {
        int start = source.position();
        switch (source.next()) {
            case '*' -> repeat(0, RegexpNode.Repeat.UNBOUNDED);
            case '+' -> repeat(1, RegexpNode.Repeat.UNBOUNDED);
            case '?' -> repeat(0, 1);
            default -> {
                int min = number();
                int max = !source.skip(",") ? min : source.peek() == '}' ? RegexpNode.Repeat.UNBOUNDED : number();
                if (min == NONE || max == NONE || !source.skip("}")) {
                    source.back(start);
                    literal(source.next());
                    return false;
                }
                repeat(min, max);
            }
        }
        return true;
    }

    private void repeat(int min, int max) {
        source.skip("?"); // says which of several matches counts, which does not matter here
        List<RegexpNode> parts = group.parts;
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to repeat: write .* for any text");
        }
        boolean unbounded = max == RegexpNode.Repeat.UNBOUNDED;
        if (min > MAX_COPIES || max > MAX_COPIES || (!unbounded && min > max)) {
            throw new IllegalArgumentException("a repeat has invalid bounds");
        }
        RegexpNode part = parts.remove(parts.size() - 1);
        RegexpNode repeated = limited(new RegexpNode.Repeat(part, min, max));
        if (repeated.copies > MAX_COPIES) {
            throw new IllegalArgumentException("repeats multiply to more than " + MAX_COPIES);
        }
        cost.add(Math.max(1, repeated.size - part.size));
        parts.add(repeated);
    }

    /** Reads a number without leading zeros; {@link #NONE} if there is none. A number that does not fit exceeds all limits. */
    private int number() {
        int digits = 0;
        int value = 0;
        while (source.peek() >= '0' && source.peek() <= '9' && !(digits == 1 && value == 0)) {
            value = Math.min(10 * value + source.next() - '0', 10 * MAX_COPIES);
            digits++;
        }
        return digits == 0 ? NONE : value;
    }
}
