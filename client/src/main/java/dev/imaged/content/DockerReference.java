package dev.imaged.content;

import dev.imaged.errors.GoQuote;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names that Docker shortens (distribution's package {@code reference}). */
final class DockerReference {
    private static final String DOMAIN = "docker.io";
    private static final String OLD_DOMAIN = "index.docker.io";
    private static final String OFFICIAL = "library/";
    private static final int MAX_NAME_LENGTH = 255;

    private static final String COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    private static final Pattern REFERENCE =
            Pattern.compile("(?<name>[^@]+?)(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
                    + "(?<digest>@[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?");
    private static final Pattern DOMAIN_NAME =
            Pattern.compile("(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+])(?::[0-9]+)?");
    private static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*");

    private DockerReference() {}

    /**
     * Returns a name in full: {@code alpine} is {@code docker.io/library/alpine:latest}. A tag beside a digest is dropped.
     *
     * @throws InvalidArgument when it is no name
     */
    static String normalize(String reference) {
        Matcher parts = REFERENCE.matcher(reference);
        if (!parts.matches()) {
            throw invalid(reference);
        }
        String name = name(reference, parts.group("name"));
        if (parts.group("digest") != null) {
            return name + parts.group("digest");
        }
        return name + ":" + (parts.group("tag") == null ? "latest" : parts.group("tag"));
    }

    private static String name(String reference, String name) {
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        boolean hasDomain = first.contains(".") || first.contains(":") || first.equals("localhost") || !isLower(first);
        String domain = hasDomain && !first.equals(OLD_DOMAIN) ? first : DOMAIN;
        String path = hasDomain ? name.substring(slash + 1) : name;
        if (domain.equals(DOMAIN) && path.indexOf('/') < 0) {
            path = OFFICIAL + path;
        }
        String full = domain + "/" + path;
        if (!DOMAIN_NAME.matcher(domain).matches()
                || !PATH.matcher(path).matches()
                || full.length() > MAX_NAME_LENGTH) {
            throw invalid(reference);
        }
        return full;
    }

    private static boolean isLower(String text) {
        return text.chars().noneMatch(Character::isUpperCase);
    }

    private static InvalidArgument invalid(String reference) {
        return new InvalidArgument("name " + GoQuote.quote(reference) + " is no reference to an image");
    }
}
