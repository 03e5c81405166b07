package dev.imaged.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** What messages say of names that are anything. */
class GoQuoteTest {
    @Test
    void whatIsNotPrintableIsEscaped() {
        assertEquals(
                "\"a b\\n\\x00\\\"\\\\\\u200b\u00e9\\U000e0001\"",
                GoQuote.quote("a b\n\0\"\\\u200b\u00e9\udb40\udc01"));
    }

    /** Unicode 15 has U+1FAE8, which JDK 17 does not know, and lacks U+1C89, which JDK 25 knows. */
    @Test
    void whatIsPrintableDoesNotDependOnTheJdk() {
        assertEquals("\"\ud83e\udee8\\u1c89\"", GoQuote.quote("\ud83e\udee8\u1c89"));
    }

    @Test
    void ofAVeryLongTextOnlyTheEndsAreQuoted() {
        assertEquals("\"" + "a".repeat(16_384) + "\"", GoQuote.quote("a".repeat(16_384)));
        String quoted = GoQuote.quote("\0" + "a".repeat(5_000_000) + "z");
        assertEquals(
                "\"\\x00" + "a".repeat(15_359) + "... (5000002 characters) ..." + "a".repeat(1023) + "z\"", quoted);
    }
}
