package dev.imaged.server.grpc;

import dev.imaged.images.Position;
import dev.imaged.internal.text.PageToken;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.ListQuery;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import dev.imaged.server.engine.ReadMask;
import java.util.ArrayList;
import java.util.List;

/** Lists in pages, with tokens that lead from each page to the next. */
final class ListPages {
    private ListPages() {}

    /** Returns a hash of all that has to stay the same on all pages. */
    static int hash(ListQuery query, ReadMask mask) {
        List<String> asked = new ArrayList<>(List.of(
                query.namespace(), query.asOf().toString(), mask.fields().toString()));
        asked.addAll(query.filters());
        return PageToken.hash(asked);
    }

    /**
     * Returns the list behind the page before.
     *
     * @param token the token of that page; empty for the first page
     * @param hash that of the request
     * @param allowsNewer whether the newest revision takes the place of one that is not kept any more
     * @throws dev.imaged.errors.ImageException.InvalidArgument when the token is damaged, or is that of another request
     */
    static Listing open(ImageCatalog catalog, ListQuery query, String token, int hash, boolean allowsNewer) {
        if (token.isEmpty()) {
            return catalog.list(query);
        }
        PageToken start = PageToken.decode(token, hash);
        return catalog.resume(query, new Position(start.store(), start.revision()), start.last(), allowsNewer);
    }

    /** Returns the token of the page behind a part; empty when there is none. */
    static String next(Part part, int hash) {
        String last = part.last();
        Position position = part.position();
        return last == null ? "" : new PageToken(hash, position.store(), position.revision(), last).encode();
    }
}
