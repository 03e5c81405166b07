package dev.imaged.server.docs;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Finds out whether the program can print a message of a page: it has to be a template whose values are placeholders
 * ({@code NAME}), numbers, or again such messages. For one message.
 */
final class MessageMatcher {
    private static final String NAME = "[A-Z][A-Z0-9_]*";

    /** What a page writes for a value, alone or as in {@code KEY=VALUE}, perhaps in quotes. */
    static final Pattern PLACEHOLDER =
            Pattern.compile("([\"'(]?)" + NAME + "(?:[/:=.@, ]+" + NAME + ")*([\"')]?)|[0-9][0-9.]*");

    private final List<MessageTemplate> templates;
    private final String message;
    private final Map<Long, Boolean> known = new HashMap<>();

    MessageMatcher(List<MessageTemplate> templates, String message) {
        this.templates = templates;
        this.message = message;
    }

    boolean matches() {
        return isValue(0, message.length());
    }

    /** Whether a part of the message is what a template makes. */
    boolean contains(MessageTemplate template) {
        if (!template.parts().stream().allMatch(message::contains)) {
            return false;
        }
        for (int start : indexes(template.first(), 0, message.length())) {
            for (int last : indexes(template.last(), start, message.length())) {
                if (isTemplate(template, start, last + template.last().length())) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isValue(int start, int end) {
        long key = start * 100_000L + end;
        Boolean before = known.get(key);
        if (before != null) {
            return before;
        }
        boolean found = PLACEHOLDER.matcher(message).region(start, end).matches()
                || templates.stream().anyMatch(template -> isTemplate(template, start, end));
        known.put(key, found);
        return found;
    }

    private boolean isTemplate(MessageTemplate template, int start, int end) {
        List<String> parts = template.parts();
        int length = end - start;
        if (length < template.first().length() || !message.startsWith(template.first(), start)) {
            return false;
        } else if (parts.size() == 1) {
            return length == template.first().length();
        }
        int last = end - template.last().length();
        return last >= start
                && message.startsWith(template.last(), last)
                && isRest(parts, 1, start + template.first().length(), end);
    }

    /** Whether a value follows at {@code start}, and then the parts from {@code index} on with their values. */
    private boolean isRest(List<String> parts, int index, int start, int end) {
        String part = parts.get(index);
        if (index == parts.size() - 1) {
            int next = end - part.length();
            return next >= start && isValueOrNothing(start, next);
        }
        for (int next : indexes(part, start, end)) {
            if (isRest(parts, index + 1, next + part.length(), end) && isValueOrNothing(start, next)) {
                return true;
            }
        }
        return false;
    }

    private boolean isValueOrNothing(int start, int end) {
        return start == end || isValue(start, end);
    }

    private List<Integer> indexes(String part, int start, int end) {
        List<Integer> indexes = new ArrayList<>();
        for (int index = start; index + part.length() <= end; index++) {
            if (message.startsWith(part, index)) {
                indexes.add(index);
            }
        }
        return indexes;
    }
}
