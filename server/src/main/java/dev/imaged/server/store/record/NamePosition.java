package dev.imaged.server.store.record;

/** The position of the name in a key that ends with one: after components that are each followed by a separator. */
public enum NamePosition {
    /** In the key of an image. */
    AFTER_NAMESPACE(1),
    /** In the index of digests. */
    AFTER_DIGEST(2),
    /** In the index of labels, behind the namespace, the key and the value. */
    AFTER_LABEL(3);

    private final int components;

    NamePosition(int components) {
        this.components = components;
    }

    /** Returns where the name starts, in bytes. The separator before it is a 0x00 that no escape byte follows. */
    public int in(byte[] key) {
        int offset = 0;
        for (int found = 0; found < components; offset++) {
            boolean isEscaped = offset + 1 < key.length && key[offset + 1] == Keys.ESCAPED;
            if (key[offset] == Keys.SEPARATOR && !isEscaped) {
                found++;
            }
        }
        return offset;
    }
}
