package dev.imaged.content;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The names of images, which Docker shortens, in the grammar of github.com/distribution/reference. */
public final class DockerReference {
    private static final String DOMAIN = "docker.io";
    private static final String OLD_DOMAIN = "index.docker.io";
    private static final String OFFICIAL = "library/";
    private static final int MAX_NAME_LENGTH = 255;

    /** The longest name, tag and digest together; a longer text is not a reference. */
    private static final int MAX_LENGTH = MAX_NAME_LENGTH + ":".length() + 128 + "@sha512:".length() + 128;

    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
    private static final String HOST = "(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?";
    private static final String COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    private static final Pattern REFERENCE =
            Pattern.compile("((?:" + HOST + "/)?" + COMPONENT + "(?:/" + COMPONENT + ")*)"
                    + "(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
                    + "(@(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}))?");

    /** The ID of an image, which Docker does not accept as a name. */
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

    private DockerReference() {}

    /**
     * Returns a name in full: {@code alpine} is {@code docker.io/library/alpine:latest}. A tag next to a digest is
     * dropped.
     *
     * @param field the name of the value in a message
     * @throws InvalidArgument when it is not a name
     */
    public static String normalize(String field, String reference) {
        Matcher parts = parse(reference);
        if (parts == null) {
            throw new InvalidArgument(field + " " + Excerpt.quote(reference) + " " + rule(reference));
        }
        String tag = parts.group(2) == null ? "latest" : parts.group(2);
        return parts.group(1) + (parts.group(3) == null ? ":" + tag : parts.group(3));
    }

    /** Returns why a text is not a name, in words that follow the text in a message; empty when it is a name. */
    public static Optional<String> problem(String reference) {
        return parse(reference) == null ? Optional.of(rule(reference)) : Optional.empty();
    }

    /** Returns a name in full, and any other text as it is. */
    static String normalizeIfValid(String reference) {
        return parse(reference) == null ? reference : normalize("", reference);
    }

    private static @Nullable Matcher parse(String reference) {
        if (reference.length() > MAX_LENGTH || ID.matches(reference)) {
            return null;
        }
        Matcher parts = REFERENCE.matcher(withDomain(reference));
        return parts.matches() && parts.group(1).length() <= MAX_NAME_LENGTH ? parts : null;
    }

    private static String rule(String reference) {
        String rule = "is not a reference to an image";
        if (ID.matches(reference)) {
            return rule + ": it is the ID of one";
        } else if (parse(reference.toLowerCase(Locale.ROOT)) != null) {
            return rule + ": repository names are lower case";
        }
        return rule;
    }

    /** The form of the first part tells whether it is a domain or a user at Docker. */
    private static String withDomain(String reference) {
        int slash = reference.indexOf('/');
        String first = slash < 0 ? "" : reference.substring(0, slash);
        boolean hasDomain = first.contains(".") || first.contains(":") || first.equals("localhost") || !isLower(first);
        String domain = hasDomain && !first.equals(OLD_DOMAIN) ? first : DOMAIN;
        String path = hasDomain ? reference.substring(slash + 1) : reference;
        return domain + "/" + (domain.equals(DOMAIN) && path.indexOf('/') < 0 ? OFFICIAL : "") + path;
    }

    private static boolean isLower(String text) {
        return text.chars().noneMatch(Character::isUpperCase);
    }
}
