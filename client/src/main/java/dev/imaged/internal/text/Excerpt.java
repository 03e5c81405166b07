package dev.imaged.internal.text;

/** Shortens texts from outside for a message, so that no input makes a message long. */
public final class Excerpt {
    /** In characters: longer than a digest of sha512 with the name of the algorithm. */
    private static final int MAX_LENGTH = 160;

    /** How much of a whole message is kept, in characters: its start names the field, its end says the rule. */
    private static final int MAX_MESSAGE = 1024;

    private static final int END_OF_MESSAGE = 256;

    private Excerpt() {}

    /**
     * Returns a text of at most {@value #MAX_LENGTH} characters as it is, and a longer one as its start and its length.
     */
    public static String of(String text) {
        int length = text.length();
        return length <= MAX_LENGTH
                ? text
                : text.substring(0, boundary(text, MAX_LENGTH)) + "... (" + length + " characters)";
    }

    /** Returns an excerpt in quotes, as {@link GoQuote} does. */
    public static String quote(String text) {
        return GoQuote.quote(of(text));
    }

    /** Returns an excerpt as {@link #quote} does, without the quotes: where a message of containerd has none. */
    public static String escape(String text) {
        String quoted = quote(text);
        return quoted.substring(1, quoted.length() - 1);
    }

    /**
     * Returns a message of at most {@value #MAX_MESSAGE} characters as it is, and a longer one as its start and its
     * end.
     */
    public static String ofMessage(String message) {
        int length = message.length();
        return length <= MAX_MESSAGE
                ? message
                : message.substring(0, boundary(message, MAX_MESSAGE - END_OF_MESSAGE)) + "... (" + length
                        + " characters) ..." + message.substring(boundary(message, length - END_OF_MESSAGE));
    }

    /** Returns an index at or before this one that does not split a character. */
    private static int boundary(String text, int index) {
        return Character.isHighSurrogate(text.charAt(index - 1)) ? index - 1 : index;
    }
}
