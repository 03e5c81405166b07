package dev.imaged.filters;

import dev.imaged.filters.RegexpNode.Literal;
import dev.imaged.filters.RegexpNode.OneOf;
import dev.imaged.filters.RegexpNode.Repeat;
import java.util.ArrayList;
import java.util.List;

/**
 * The start of every text that a regexp matches: texts, with exactly one code point of any kind between each two. Immutable and
 * thread-safe.
 *
 * @param anchored whether it is found at the start of a text only
 * @param texts at least one; each may be empty
 */
record RegexpStart(boolean anchored, List<String> texts) {
    /** The start of a regexp that may match anywhere, and any text. */
    static final RegexpStart ANY = new RegexpStart(false, List.of(""));

    RegexpStart {
        texts = List.copyOf(texts);
    }

    static RegexpStart of(RegexpNode root) {
        List<RegexpNode> parts = root instanceof RegexpNode.Sequence sequence ? sequence.parts : List.of(root);
        boolean anchored = !parts.isEmpty()
                && parts.get(0) instanceof RegexpNode.Place first
                && first.place == RegexpPlace.TEXT_START;
        List<String> texts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (RegexpNode part : parts.subList(anchored ? 1 : 0, parts.size())) {
            RegexpNode once = part instanceof Repeat repeat && repeat.min > 0 ? repeat.part : part;
            if (once instanceof Literal character && !Unicode.isSurrogate(character.point)) {
                text.appendCodePoint(character.point);
            } else if (once instanceof OneOf) {
                texts.add(text.toString());
                text.setLength(0);
            } else {
                break;
            }
            if (once != part) {
                break;
            }
        }
        texts.add(text.toString());
        return new RegexpStart(anchored, texts);
    }

    /** Whether a text has this start. */
    boolean isStartOf(String text) {
        int offset = 0;
        for (int i = 0; i < texts.size(); i++) {
            if (i > 0) {
                if (offset == text.length()) {
                    return false;
                }
                offset = text.offsetByCodePoints(offset, 1);
            }
            if (!text.startsWith(texts.get(i), offset)) {
                return false;
            }
            offset += texts.get(i).length();
        }
        return true;
    }

    /** Returns the text that every match starts with; it may be empty. */
    String literal() {
        return texts.get(0);
    }
}
