package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.images.AsOf;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.ListStreamResponse;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ImageCatalog;
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

    private final @Nullable List<String> namespaces;

    /** What the list is of, once it is started. */
    private @Nullable Position position;

    /** What is left of it; null before the start and behind the end. */
    private @Nullable Listing listing;

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
        Position at = position == null ? begin() : position;
        while (listing != null) {
            Part part = listing.next(ImageCatalog.MAX_PAGE_SIZE, PulledStream.MESSAGE_BYTES, cancellation);
            listing = part.last() == null ? null : listing;
            if (!part.images().isEmpty()) {
                return message(part);
            }
        }
        return hasSent ? null : message(new Part(List.of(), null, at));
    }

    /** Takes the position first: each namespace that had an image by then is known afterwards. */
    private Position begin() {
        Position at = catalog.position(asOf, notBefore);
        List<String> listed = namespaces == null ? catalog.namespaces() : namespaces;
        if (!listed.isEmpty()) {
            Listing opened = catalog.list(listed, filters, at.revision());
            hints = opened.hints();
            listing = opened;
        }
        position = at;
        return at;
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
