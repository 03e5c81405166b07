package dev.imaged.filters;

import dev.imaged.filters.RegexpNode.Literal;
import dev.imaged.filters.RegexpNode.Repeat;
import java.util.List;

/**
 * What all that a regexp matches starts with. Immutable and thread-safe.
 *
 * @param anchored whether it is found at the start of a text only
 * @param literal a text, may be empty
 */
record RegexpStart(boolean anchored, String literal) {
    /** Of a regexp that says nothing of its start. */
    static final RegexpStart ANY = new RegexpStart(false, "");

    static RegexpStart of(RegexpNode root) {
        List<RegexpNode> parts = root instanceof RegexpNode.Sequence sequence ? sequence.parts : List.of(root);
        boolean anchored = !parts.isEmpty()
                && parts.get(0) instanceof RegexpNode.Place first
                && first.place == RegexpPlace.TEXT_START;
        StringBuilder literal = new StringBuilder();
        for (RegexpNode part : parts.subList(anchored ? 1 : 0, parts.size())) {
            RegexpNode once = part instanceof Repeat repeat && repeat.min > 0 ? repeat.part : part;
            if (!(once instanceof Literal character) || Unicode.isSurrogate(character.point)) {
                break;
            }
            literal.appendCodePoint(character.point);
            if (once != part) {
                break;
            }
        }
        return new RegexpStart(anchored, literal.toString());
    }
}
