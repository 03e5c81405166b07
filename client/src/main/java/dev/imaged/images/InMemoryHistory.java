package dev.imaged.images;

import dev.imaged.internal.text.PageToken;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The past of a namespace of {@link InMemoryImageStores}. For callers that hold its lock. */
record InMemoryHistory(InMemoryState state, String namespace) implements History {
    @Override
    public VersionedImage get(String name, AsOf asOf) {
        ImageValidator.requireUnicode("name", name);
        Position position = new InMemoryPast(state).position(asOf);
        return ImageRules.requireFound(
                name, state.images(namespace, position.revision()).get(name));
    }

    @Override
    public HistoryPage changes(String name, int size, String token) {
        ImageValidator.requireUnicode("name", name);
        int most = PageRules.size(size, PageRules.DEFAULT_HISTORY_SIZE);
        int asked = PageToken.hash(List.of(namespace, name));
        long from = Long.MAX_VALUE;
        if (!token.isEmpty()) {
            PageToken decoded = PageToken.decode(token, asked);
            PageRules.requireSameStore(new Position(decoded.store(), decoded.revision()), state.store);
            from = decoded.revision();
        }
        List<Change> kept = kept(name);
        List<Change> rest = new ArrayList<>();
        for (Change change : kept) {
            if (change.revision() <= from) {
                rest.add(change);
            }
        }
        if (rest.size() > most) {
            String next = new PageToken(asked, state.store, rest.get(most).revision(), "").encode();
            return new HistoryPage(rest.subList(0, most), next, false);
        }
        boolean isDropped = from <= state.oldest(); // the change that the token leads to
        return new HistoryPage(rest, "", isDropped || isTruncated(name, kept));
    }

    /** Returns the changes of a name that are kept, the newest first. */
    private List<Change> kept(String name) {
        List<Change> kept = new ArrayList<>();
        for (Change change : state.changesAfter(state.oldest())) {
            if (change.namespace().equals(namespace) && change.name().equals(name)) {
                kept.add(change);
            }
        }
        Collections.reverse(kept);
        return kept;
    }

    private boolean isTruncated(String name, List<Change> kept) {
        return kept.isEmpty()
                ? state.find(namespace, name) != null
                : kept.get(kept.size() - 1).previousRevision() != 0;
    }
}
