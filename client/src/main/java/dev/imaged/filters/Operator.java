package dev.imaged.filters;

/** How a {@link Selector} compares a field. */
public enum Operator {
    /** The field is present, whatever its value; written as the bare field. */
    PRESENT(""),
    /** The field is present and has exactly this value. */
    EQUAL("=="),
    /** The field has another value; an absent field counts as empty. */
    NOT_EQUAL("!="),
    /** The RE2 regexp is found somewhere in the value; an absent field counts as empty. */
    MATCHES("~=");

    private final String sign;

    Operator(String sign) {
        this.sign = sign;
    }

    /** Returns the operator as it is written in a filter; empty for {@link #PRESENT}. */
    public String sign() {
        return sign;
    }
}
