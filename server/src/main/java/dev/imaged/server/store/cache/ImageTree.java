package dev.imaged.server.store.cache;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.store.record.EncodedRecord;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.KeyStarts;
import dev.imaged.server.store.record.Keys;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All images of a namespace at one revision, as they are stored, in the order of the bytes of their names: a B+ tree. A change makes
 * a new tree, which shares all nodes with the old one but those on the way to the change. Immutable and thread-safe.
 */
public final class ImageTree {
    /** The most children or images of a node. */
    static final int MAX_ENTRIES = 64;

    /** What an image takes in memory besides its part of a response: frame, revisions, header of the array, share of the nodes. */
    private static final long ENTRY_BYTES = 48;

    /** The start of the keys of all images of the namespace. */
    private final byte[] prefix;

    private final Node root;

    private ImageTree(byte[] prefix, Node root) {
        this.prefix = prefix;
        this.root = root;
    }

    /** Returns the tree of a namespace without images. */
    static ImageTree empty(String namespace) {
        return new ImageTree(Keys.images(namespace), Leaf.of(new byte[0][]));
    }

    /** Sees one image after the other; says whether to go on. */
    public interface Visitor {
        boolean visit(EncodedRecord image);
    }

    /** Returns the image whose name is the rest of a key, null when there is none. */
    public @Nullable EncodedRecord find(byte[] key, int nameOffset) {
        Node node = root;
        while (node instanceof Inner inner) {
            node = inner.children[inner.indexOf(key, nameOffset)];
        }
        Leaf leaf = (Leaf) node;
        int found = search(leaf.values, 0, key, nameOffset);
        return found >= 0 ? ImageCodec.trusted(leaf.values[found]) : null;
    }

    /** Returns the image of a name, null when there is none. */
    public @Nullable EncodedRecord find(String name) {
        return find(Keys.utf8(name), 0);
    }

    /** Returns how many images there are. */
    public int count() {
        return root.count;
    }

    /** Returns how many bytes the response takes that holds all images. */
    public long bytes() {
        return root.bytes;
    }

    /** Returns about how much memory the tree takes, in bytes. */
    long memory() {
        return root.bytes + ENTRY_BYTES * root.count;
    }

    /** Returns how many nodes there are. */
    int nodes() {
        return nodes(root);
    }

    private static int nodes(Node node) {
        int nodes = 1;
        if (node instanceof Inner inner) {
            for (Node child : inner.children) {
                nodes += nodes(child);
            }
        }
        return nodes;
    }

    /** Returns how many bytes the images take in a response that {@link #forEach} shows for these names. */
    public long bytes(KeyStarts names) {
        return names.isNarrow() ? bytes(root, null, names) : bytes();
    }

    private long bytes(Node node, byte @Nullable [] until, KeyStarts names) {
        if (!mayFit(node, until, names)) {
            return 0;
        }
        if (!(node instanceof Inner inner)) {
            return node.bytes;
        }
        long bytes = 0;
        for (int i = 0; i < inner.children.length; i++) {
            bytes += bytes(inner.children[i], inner.end(i, until), names);
        }
        return bytes;
    }

    /** Shows the images to a visitor until it has enough, without nodes in which no name can fit; says whether it saw all others. */
    public boolean forEach(KeyStarts names, Visitor visitor) {
        return forEach(root, null, null, names, visitor);
    }

    /** Shows the images whose keys are at least {@code from}, as {@link #forEach(KeyStarts, Visitor)}. */
    public boolean forEach(byte[] from, KeyStarts names, Visitor visitor) {
        return forEach(root, from, null, names, visitor);
    }

    /** @param from the least key to show, null when all of the node are at least it */
    private boolean forEach(
            Node node, byte @Nullable [] from, byte @Nullable [] until, KeyStarts names, Visitor visitor) {
        if (names.isNarrow() && !mayFit(node, until, names)) {
            return true;
        }
        if (node instanceof Inner inner) {
            int first = from == null ? 0 : inner.indexOf(from, prefix.length);
            for (int i = first; i < inner.children.length; i++) {
                if (!forEach(inner.children[i], i == first ? from : null, inner.end(i, until), names, visitor)) {
                    return false;
                }
            }
            return true;
        }
        byte[][] values = ((Leaf) node).values;
        int found = from == null ? 0 : search(values, 0, from, prefix.length);
        for (int i = found >= 0 ? found : -found - 1; i < values.length; i++) {
            if (!visitor.visit(ImageCodec.trusted(values[i]))) {
                return false;
            }
        }
        return true;
    }

    /** Whether a name of a node may fit, whose names come before that of another image. */
    private boolean mayFit(Node node, byte @Nullable [] until, KeyStarts names) {
        return node.count > 0 && names.mayFit(key(node.first()), until == null ? null : key(until));
    }

    private byte[] key(byte[] value) {
        int offset = ImageCodec.nameOffset(value);
        int length = ImageCodec.nameLength(value);
        byte[] key = Arrays.copyOf(prefix, prefix.length + length);
        System.arraycopy(value, offset, key, prefix.length, length);
        return key;
    }

    /**
     * Returns the response that holds all images.
     *
     * @throws dev.imaged.server.engine.ResponseTooLargeException when it would be larger than a message may be
     */
    public ByteString response() {
        EncodedResponse.requireSendable(bytes());
        List<ByteString> pieces = new ArrayList<>();
        addPieces(root, pieces);
        return EncodedResponse.of(pieces);
    }

    private static void addPieces(Node node, List<ByteString> pieces) {
        if (node instanceof Inner inner) {
            for (Node child : inner.children) {
                addPieces(child, pieces);
            }
        } else {
            pieces.add(((Leaf) node).response());
        }
    }

    /**
     * Returns the tree after some changes.
     *
     * @param changes in the order of their names, one a name
     */
    ImageTree with(List<ImageChange> changes) {
        if (changes.isEmpty()) {
            return this;
        }
        List<Node> nodes = root.with(changes, prefix.length);
        while (nodes.size() > 1) {
            nodes = Inner.of(nodes);
        }
        Node top = nodes.isEmpty() ? Leaf.of(new byte[0][]) : nodes.get(0);
        while (top instanceof Inner inner && inner.children.length == 1) {
            top = inner.children[0];
        }
        return new ImageTree(prefix, top);
    }

    /** Returns where a name is among values, or {@code -(insertion point) - 1}. */
    private static int search(byte[][] values, int from, byte[] key, int nameOffset) {
        int low = from;
        int high = values.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = ImageCodec.compareName(values[middle], key, nameOffset);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    private abstract static class Node {
        /** How many images there are below. */
        final int count;

        /** How many bytes a response of them takes. */
        final long bytes;

        Node(int count, long bytes) {
            this.count = count;
            this.bytes = bytes;
        }

        /** Returns a value whose name is at most that of all images below, and more than those of the node before. */
        abstract byte[] first();

        /** Returns the nodes of the same height that hold the images below after some changes. */
        abstract List<Node> with(List<ImageChange> changes, int nameOffset);

        /** Returns one node that holds what this and the next one do, null when they are too large for that. */
        abstract @Nullable Node joined(Node next);
    }

    private static final class Leaf extends Node {
        final byte[][] values;

        /** Until the collector comes by: whoever lists a namespace mostly does so again. */
        private volatile @Nullable WeakReference<ByteString> response;

        private Leaf(byte[][] values, long bytes) {
            super(values.length, bytes);
            this.values = values;
        }

        static Leaf of(byte[][] values) {
            long bytes = 0;
            for (byte[] value : values) {
                bytes += EncodedResponse.entryBytes(ImageCodec.messageBytes(value));
            }
            return new Leaf(values, bytes);
        }

        @Override
        byte[] first() {
            return values[0];
        }

        @Override
        List<Node> with(List<ImageChange> changes, int nameOffset) {
            List<byte[]> merged = new ArrayList<>(values.length + changes.size());
            int copied = 0;
            for (ImageChange change : changes) {
                int found = search(values, copied, change.key(), nameOffset);
                int at = found >= 0 ? found : -found - 1;
                merged.addAll(Arrays.asList(values).subList(copied, at));
                if (change.value() != null) {
                    merged.add(change.value());
                }
                copied = found >= 0 ? at + 1 : at;
            }
            merged.addAll(Arrays.asList(values).subList(copied, values.length));
            List<Node> leaves = new ArrayList<>();
            forEachPiece(
                    merged.size(),
                    (from, to) -> leaves.add(of(merged.subList(from, to).toArray(new byte[0][]))));
            return leaves;
        }

        @Override
        @Nullable
        Node joined(Node next) {
            if (count + next.count > MAX_ENTRIES / 2) {
                return null;
            }
            byte[][] joined = Arrays.copyOf(values, count + next.count);
            System.arraycopy(((Leaf) next).values, 0, joined, count, next.count);
            return new Leaf(joined, bytes + next.bytes);
        }

        /** Returns the part of a response that the images here are. */
        ByteString response() {
            WeakReference<ByteString> known = response;
            ByteString encoded = known == null ? null : known.get();
            if (encoded == null) {
                encoded = UnsafeByteOperations.unsafeWrap(encode());
                response = new WeakReference<>(encoded);
            }
            return encoded;
        }

        private byte[] encode() {
            byte[] encoded = new byte[Math.toIntExact(bytes)];
            int offset = 0;
            for (byte[] value : values) {
                offset = EncodedResponse.write(
                        encoded, offset, value, ImageCodec.MESSAGE_OFFSET, ImageCodec.messageBytes(value));
            }
            return encoded;
        }
    }

    private static final class Inner extends Node {
        final Node[] children;

        /** The first value of each child: to find the child, no child is touched. */
        final byte[][] firsts;

        private Inner(Node[] children, byte[][] firsts, int count, long bytes) {
            super(count, bytes);
            this.children = children;
            this.firsts = firsts;
        }

        /** Returns nodes above others. */
        static List<Node> of(List<Node> children) {
            List<Node> nodes = new ArrayList<>();
            forEachPiece(
                    children.size(),
                    (from, to) -> nodes.add(of(children.subList(from, to).toArray(new Node[0]))));
            return nodes;
        }

        private static Inner of(Node[] children) {
            byte[][] firsts = new byte[children.length][];
            int count = 0;
            long bytes = 0;
            for (int i = 0; i < children.length; i++) {
                firsts[i] = children[i].first();
                count += children[i].count;
                bytes += children[i].bytes;
            }
            return new Inner(children, firsts, count, bytes);
        }

        @Override
        byte[] first() {
            return firsts[0];
        }

        /** Returns the child that a name belongs to. */
        int indexOf(byte[] key, int nameOffset) {
            int found = search(firsts, 1, key, nameOffset);
            return found >= 0 ? found : -found - 2;
        }

        /** Returns the first value behind a child, null when there is none. */
        byte @Nullable [] end(int child, byte @Nullable [] until) {
            return child + 1 < firsts.length ? firsts[child + 1] : until;
        }

        /**
         * Touches no child that stays as it is, but those next to changed ones: there are many, and they are seldom in the
         * processor's caches.
         */
        @Override
        List<Node> with(List<ImageChange> changes, int nameOffset) {
            List<Node> nodes = new ArrayList<>(children.length + 1);
            List<byte[]> starts = new ArrayList<>(children.length + 1);
            int newCount = count;
            long newBytes = bytes;
            int copied = 0;
            for (int from = 0; from < changes.size(); ) {
                int changed = indexOf(changes.get(from).key(), nameOffset);
                if (copied > 0 && copied < changed) { // one that has become small may be joined with it
                    append(nodes, starts, children[copied++]);
                }
                int to = changed + 1 < children.length
                        ? before(changes, from + 1, firsts[changed + 1], nameOffset)
                        : changes.size();
                nodes.addAll(Arrays.asList(children).subList(copied, changed));
                starts.addAll(Arrays.asList(firsts).subList(copied, changed));
                newCount -= children[changed].count;
                newBytes -= children[changed].bytes;
                for (Node node : children[changed].with(changes.subList(from, to), nameOffset)) {
                    newCount += node.count;
                    newBytes += node.bytes;
                    append(nodes, starts, node);
                }
                copied = changed + 1;
                from = to;
            }
            if (copied < children.length) {
                append(nodes, starts, children[copied++]);
            }
            nodes.addAll(Arrays.asList(children).subList(copied, children.length));
            starts.addAll(Arrays.asList(firsts).subList(copied, children.length));
            if (nodes.isEmpty() || nodes.size() > MAX_ENTRIES) {
                return of(nodes);
            }
            return List.of(new Inner(nodes.toArray(new Node[0]), starts.toArray(new byte[0][]), newCount, newBytes));
        }

        /** Returns the index of the first change, from one on, whose name is not before that of a value. */
        private static int before(List<ImageChange> changes, int from, byte[] value, int nameOffset) {
            int to = from;
            while (to < changes.size()
                    && ImageCodec.compareName(value, changes.get(to).key(), nameOffset) > 0) {
                to++;
            }
            return to;
        }

        /** Joins what has become small, so that names which come and go leave no trail of nodes. */
        private static void append(List<Node> nodes, List<byte[]> starts, Node next) {
            int last = nodes.size() - 1;
            Node joined = last < 0 ? null : nodes.get(last).joined(next);
            if (joined == null) {
                nodes.add(next);
                starts.add(next.first());
            } else {
                nodes.set(last, joined);
            }
        }

        @Override
        @Nullable
        Node joined(Node next) {
            Inner other = (Inner) next;
            if (children.length + other.children.length > MAX_ENTRIES / 2) {
                return null;
            }
            Node[] joined = Arrays.copyOf(children, children.length + other.children.length);
            System.arraycopy(other.children, 0, joined, children.length, other.children.length);
            return of(joined);
        }
    }

    private interface Piece {
        void take(int from, int to);
    }

    /** Cuts a row of entries into nodes of about the same size. */
    private static void forEachPiece(int size, Piece piece) {
        int pieces = (size + MAX_ENTRIES - 1) / MAX_ENTRIES;
        for (int i = 0; i < pieces; i++) {
            piece.take((int) ((long) size * i / pieces), (int) ((long) size * (i + 1) / pieces));
        }
    }
}
