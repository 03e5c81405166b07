package dev.imaged.images;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sorted map whose versions share what they have in common: a change makes a new map, and leaves this one as it is. Reads and changes
 * take the logarithm of the size. An AVL tree. Immutable.
 */
final class PersistentMap<K, V> {
    private final Comparator<? super K> order;
    private final @Nullable Node<K, V> root;
    private final int size;

    private record Node<K, V>(
            K key,
            V value,
            @Nullable Node<K, V> left,
            @Nullable Node<K, V> right,
            int height) {}

    private PersistentMap(Comparator<? super K> order, @Nullable Node<K, V> root, int size) {
        this.order = order;
        this.root = root;
        this.size = size;
    }

    /** Returns a map without entries. */
    static <K, V> PersistentMap<K, V> empty(Comparator<? super K> order) {
        return new PersistentMap<>(order, null, 0);
    }

    int size() {
        return size;
    }

    /** Returns the value of a key, null if the map does not have the key. */
    @Nullable
    V get(K key) {
        Node<K, V> node = root;
        while (node != null) {
            int side = order.compare(key, node.key);
            if (side == 0) {
                return node.value;
            }
            node = side < 0 ? node.left : node.right;
        }
        return null;
    }

    /** Returns this map with another value of a key. */
    PersistentMap<K, V> with(K key, V value) {
        int grown = get(key) == null ? size + 1 : size;
        return new PersistentMap<>(order, put(root, key, value), grown);
    }

    /** Returns this map without a key. */
    PersistentMap<K, V> without(K key) {
        return get(key) == null ? this : new PersistentMap<>(order, remove(root, key), size - 1);
    }

    /** Returns all values in the order of their keys. */
    List<V> values() {
        List<V> values = new ArrayList<>(size);
        addValues(root, values);
        return Collections.unmodifiableList(values);
    }

    private static <K, V> void addValues(@Nullable Node<K, V> node, List<V> values) {
        if (node != null) {
            addValues(node.left, values);
            values.add(node.value);
            addValues(node.right, values);
        }
    }

    private Node<K, V> put(@Nullable Node<K, V> node, K key, V value) {
        if (node == null) {
            return new Node<>(key, value, null, null, 1);
        }
        int side = order.compare(key, node.key);
        if (side == 0) {
            return new Node<>(key, value, node.left, node.right, node.height);
        }
        return side < 0
                ? balanced(node, put(node.left, key, value), node.right)
                : balanced(node, node.left, put(node.right, key, value));
    }

    private @Nullable Node<K, V> remove(@Nullable Node<K, V> node, K key) {
        if (node == null) {
            return null;
        }
        int side = order.compare(key, node.key);
        if (side < 0) {
            return balanced(node, remove(node.left, key), node.right);
        } else if (side > 0) {
            return balanced(node, node.left, remove(node.right, key));
        } else if (node.left == null || node.right == null) {
            return node.left == null ? node.right : node.left;
        }
        Node<K, V> next = node.right;
        while (next.left != null) {
            next = next.left;
        }
        return balanced(next, node.left, remove(node.right, next.key));
    }

    private static int height(@Nullable Node<?, ?> node) {
        return node == null ? 0 : node.height;
    }

    /** Returns a node with other children, whose heights differ by two at most; those of the result differ by one at most. */
    private static <K, V> Node<K, V> balanced(Node<K, V> entry, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        int lean = height(left) - height(right);
        if (lean > 1) {
            Node<K, V> pivot = Objects.requireNonNull(left);
            if (height(pivot.left) < height(pivot.right)) {
                pivot = rotatedLeft(pivot);
            }
            return node(pivot, pivot.left, node(entry, pivot.right, right));
        } else if (lean < -1) {
            Node<K, V> pivot = Objects.requireNonNull(right);
            if (height(pivot.right) < height(pivot.left)) {
                pivot = rotatedRight(pivot);
            }
            return node(pivot, node(entry, left, pivot.left), pivot.right);
        }
        return node(entry, left, right);
    }

    private static <K, V> Node<K, V> rotatedLeft(Node<K, V> node) {
        Node<K, V> pivot = Objects.requireNonNull(node.right);
        return node(pivot, node(node, node.left, pivot.left), pivot.right);
    }

    private static <K, V> Node<K, V> rotatedRight(Node<K, V> node) {
        Node<K, V> pivot = Objects.requireNonNull(node.left);
        return node(pivot, pivot.left, node(node, pivot.right, node.right));
    }

    private static <K, V> Node<K, V> node(Node<K, V> entry, @Nullable Node<K, V> left, @Nullable Node<K, V> right) {
        return new Node<>(entry.key, entry.value, left, right, 1 + Math.max(height(left), height(right)));
    }

    /** Whether the tree has the shape that it promises, for tests. */
    boolean isBalanced() {
        return isBalanced(root);
    }

    private static boolean isBalanced(@Nullable Node<?, ?> node) {
        return node == null
                || (Math.abs(height(node.left) - height(node.right)) <= 1
                        && isBalanced(node.left)
                        && isBalanced(node.right));
    }
}
