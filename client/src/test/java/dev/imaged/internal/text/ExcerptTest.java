package dev.imaged.internal.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ExcerptTest {
    @Test
    void aShortTextIsRepeatedAsItIs() {
        String digest = "sha512:" + "a".repeat(128);
        assertEquals(digest, Excerpt.of(digest));
        assertEquals("\"a\\n\"", Excerpt.quote("a\n"));
        assertEquals("m".repeat(1024), Excerpt.ofMessage("m".repeat(1024)));
    }

    @Test
    void ofALongTextTheStartAndTheLengthAreRepeated() {
        assertEquals("x".repeat(160) + "... (200000 characters)", Excerpt.of("x".repeat(200_000)));
        assertEquals("\"" + "x".repeat(160) + "... (161 characters)\"", Excerpt.quote("x".repeat(161)));
    }

    @Test
    void ofALongMessageTheStartAndTheEndAreKept() {
        assertEquals(
                "image \"" + "x".repeat(761) + "... (200019 characters) ..." + "x".repeat(244) + "\": not found",
                Excerpt.ofMessage("image \"" + "x".repeat(200_000) + "\": not found"));
    }

    @Test
    void noCharacterIsSplit() {
        String faces = "\ud83d\ude00".repeat(1000);
        assertEquals("x" + "\ud83d\ude00".repeat(79) + "... (2001 characters)", Excerpt.of("x" + faces));
        assertEquals(
                "x" + "\ud83d\ude00".repeat(383) + "... (2002 characters) ..." + "\ud83d\ude00".repeat(128) + "x",
                Excerpt.ofMessage("x" + faces + "x"));
    }
}
