package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.images.AsOf;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.ListQuery;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import dev.imaged.server.engine.ReadMask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages of a list of some namespaces, all of one revision. For one thread at a time. */
final class ListStream implements PulledStream.Source {
    private final ImageCatalog catalog;
    private final List<String> filters;
    private final AsOf asOf;
    private final @Nullable Position notBefore;
    private final ReadMask mask;

    /** Null for all; known once the first message is made. */
    private @Nullable List<String> namespaces;

    private int started;
    private @Nullable Listing listing;
    private @Nullable Position position;
    private List<String> hints = List.of();
    private boolean hasSent;

    /** @param namespaces null for all */
    ListStream(
            ImageCatalog catalog,
            @Nullable List<String> namespaces,
            List<String> filters,
            AsOf asOf,
            @Nullable Position notBefore,
            ReadMask mask) {
        this.catalog = catalog;
        this.namespaces = namespaces;
        this.filters = filters;
        this.asOf = asOf;
        this.notBefore = notBefore;
        this.mask = mask;
    }

    @Override
    public @Nullable ByteString next(Cancellation cancellation) {
        List<String> all = namespaces == null ? allNamespaces() : namespaces;
        namespaces = all;
        while (listing != null || started < all.size()) {
            Listing current = listing == null ? open(all.get(started++)) : listing;
            Part part = current.next(ImageCatalog.MAX_PAGE_SIZE, PulledStream.MESSAGE_BYTES, cancellation);
            listing = part.last() == null ? null : current;
            position = part.position();
            if (!part.images().isEmpty()) {
                return message(part);
            }
        }
        if (hasSent) {
            return null;
        }
        Position known = position == null ? catalog.reach().newest() : position;
        return message(new Part(List.of(), null, known));
    }

    /** Takes the position first: each namespace that had an image by then is known afterwards. */
    private List<String> allNamespaces() {
        if (asOf.equals(AsOf.now())) {
            position = catalog.newest(notBefore);
        }
        return catalog.namespaces();
    }

    /** Starts the list of a namespace: the first at the revision of the request, all others at that of the first. */
    private Listing open(String namespace) {
        Position first = position;
        AsOf moment = first == null ? asOf : AsOf.revision(first.revision());
        Listing opened = catalog.list(new ListQuery(namespace, filters, moment, notBefore));
        hints = opened.hints();
        return opened;
    }

    @Override
    public List<String> hints() {
        return hints;
    }

    private ByteString message(Part part) {
        hasSent = true;
        return EncodedCatalog.versions(ListStreamResponse.IMAGES_FIELD_NUMBER, part.images(), mask)
                .concat(ListStreamResponse.newBuilder()
                        .setPosition(CatalogProtos.toProto(part.position()))
                        .build()
                        .toByteString());
    }
}
