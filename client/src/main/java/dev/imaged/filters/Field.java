package dev.imaged.filters;

public record Field(Kind kind, String key) {
    public enum Kind {
        NAME,
        TARGET_DIGEST,
        TARGET_MEDIATYPE,
        LABEL,
        ANNOTATION,
        NONE
    }
}
