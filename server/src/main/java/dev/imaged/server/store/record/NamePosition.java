package dev.imaged.server.store.record;

/** Where the name is in a key that ends with one: after components that each have a separator behind them. */
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

    /** Returns where the name starts, in bytes: behind the separator of the last component, which is the one that no escape follows. */
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
