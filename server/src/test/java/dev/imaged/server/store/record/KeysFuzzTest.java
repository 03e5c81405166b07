package dev.imaged.server.store.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.imaged.images.Image;
import dev.imaged.internal.text.Utf8Order;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import java.util.Arrays;

/**
 * Keys of two images, each of a namespace, a name, a label and its value: their order is that of what they hold, and a
 * prefix is one of exactly the keys that hold the same.
 */
class KeysFuzzTest {
    /** What keys are made of. */
    private record Entry(String namespace, String name, String label, String value) {
        static Entry of(FuzzedFields fields, int first) {
            return new Entry(
                    fields.namespace(first), fields.text(first + 1), fields.text(first + 2), fields.text(first + 3));
        }

        String digest() {
            return Digest.sha256(Keys.utf8(value)).toString();
        }

        Image image() {
            return new Image(name, new Descriptor("m", digest(), 1));
        }

        byte[] labelEntry() {
            return Keys.labelEntry(namespace, name, label, value);
        }

        byte[] digestEntry() {
            return Keys.digestEntry(namespace, image());
        }
    }

    @FuzzTest
    void keysAreInOrderAndPrefixesNeverLeak(byte[] input) {
        FuzzedFields fields = new FuzzedFields(input);
        Entry a = Entry.of(fields, 0);
        Entry b = Entry.of(fields, 4);
        requireName(a);
        requireOrder(a, b);
        requirePrefixes(a, b);
        requirePrefixes(b, a);
        requirePrefixes(a, a);
    }

    private static void requireName(Entry a) {
        assertName(a, Keys.image(a.namespace, a.name), NamePosition.AFTER_NAMESPACE);
        assertName(a, a.digestEntry(), NamePosition.AFTER_DIGEST);
        assertName(a, a.labelEntry(), NamePosition.AFTER_LABEL);
    }

    private static void assertName(Entry entry, byte[] key, NamePosition name) {
        assertArrayEquals(Keys.utf8(entry.name), Arrays.copyOfRange(key, name.in(key), key.length));
    }

    private static void requireOrder(Entry a, Entry b) {
        int byNamespace = compare(a.namespace, b.namespace);
        int byName = compare(a.name, b.name);
        assertEquals(
                byNamespace != 0 ? byNamespace : byName,
                compare(Keys.image(a.namespace, a.name), Keys.image(b.namespace, b.name)));
        // In a range of an index, which holds one label and value, or one digest, the names are in order.
        assertEquals(byName, compare(a.labelEntry(), Keys.labelEntry(a.namespace, b.name, a.label, a.value)));
        assertEquals(byName, compare(a.digestEntry(), new Entry(a.namespace, b.name, b.label, a.value).digestEntry()));
    }

    private static void requirePrefixes(Entry a, Entry b) {
        boolean namespace = a.namespace.equals(b.namespace);
        boolean label = namespace && a.label.equals(b.label);
        boolean value = label && a.value.equals(b.value);
        assertPrefix(namespace, Keys.image(a.namespace, a.name), Keys.images(b.namespace));
        assertPrefix(
                namespace && a.name.startsWith(b.name),
                Keys.image(a.namespace, a.name),
                Keys.image(b.namespace, b.name));
        assertPrefix(label, a.labelEntry(), Keys.label(b.namespace, b.label));
        assertPrefix(value, a.labelEntry(), Keys.label(b.namespace, b.label, b.value));
        assertPrefix(namespace && a.digest().equals(b.digest()), a.digestEntry(), Keys.digest(b.namespace, b.digest()));
        String start = b.digest().substring(0, b.name.length() % 9 + 1);
        assertPrefix(namespace && a.digest().startsWith(start), a.digestEntry(), Keys.digestPrefix(b.namespace, start));
    }

    /** A separator at the end of a prefix is one only if no escape follows: ranges of labels show what is escaped, too. */
    private static void assertPrefix(boolean expected, byte[] key, byte[] prefix) {
        boolean escape = key.length > prefix.length && key[prefix.length] == (byte) 0xFF;
        boolean starts = Arrays.equals(prefix, Arrays.copyOf(key, Math.min(key.length, prefix.length)));
        assertEquals(expected, starts && !escape);
    }

    private static int compare(byte[] a, byte[] b) {
        return Integer.signum(Arrays.compareUnsigned(a, b));
    }

    private static int compare(String a, String b) {
        return Integer.signum(Utf8Order.COMPARATOR.compare(a, b));
    }
}
