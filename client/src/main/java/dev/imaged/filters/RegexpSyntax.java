package dev.imaged.filters;

/** Refuses regexps that RE2/J takes and Go does not. */
final class RegexpSyntax {
    private RegexpSyntax() {}

    static boolean isAcceptable(String source) {
        return !Unicode.hasLoneSurrogate(source);
    }
}
