package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.images.AsOf;
import dev.imaged.images.Change;
import dev.imaged.images.History;
import dev.imaged.images.HistoryPage;
import dev.imaged.images.Image;
import dev.imaged.images.ImageField;
import dev.imaged.images.ImageRules;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Listing;
import dev.imaged.images.Page;
import dev.imaged.images.PageOptions;
import dev.imaged.images.PageRules;
import dev.imaged.images.Pages;
import dev.imaged.images.Position;
import dev.imaged.images.VersionedImage;
import dev.imaged.internal.text.PageToken;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.server.engine.ImageCatalog.EncodedChange;
import dev.imaged.server.engine.ImageCatalog.HistoryPart;
import dev.imaged.server.engine.ImageCatalog.ListQuery;
import dev.imaged.server.engine.ImageCatalog.Part;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;

/** The view of the catalogue of an engine as pages and history of a namespace. */
record DecodedCatalog(ImageCatalog catalog, String namespace) implements Pages, History {
    private static final int MAX_BYTES = 4 << 20;

    /** So small that every list has several parts. */
    private static final int STREAMED = 2;

    @Override
    public Page page(PageOptions options) {
        int size = PageRules.size(options.size(), PageRules.DEFAULT_SIZE);
        int asked = PageToken.hash(List.of(namespace, options.list().toString()));
        ListQuery query = query(options.list());
        PageToken token = options.token().isEmpty() ? null : PageToken.decode(options.token(), asked);
        ImageCatalog.Listing listing = token == null
                ? catalog.list(query)
                : catalog.resume(query, position(token), token.last(), options.allowsNewer());
        Part part = listing.next(size, MAX_BYTES, Cancellation.NONE);
        String last = part.last();
        Position position = part.position();
        return new Page(
                decode(part, options.list().fields()),
                last == null ? "" : new PageToken(asked, position.store(), position.revision(), last).encode(),
                position);
    }

    private static Position position(PageToken token) {
        return new Position(token.store(), token.revision());
    }

    private ListQuery query(ListOptions options) {
        options.filters().forEach(filter -> ImageValidator.requireUnicode("filters", filter));
        return new ListQuery(namespace, options.filters(), options.asOf(), options.notBefore());
    }

    @Override
    public Listing stream(ListOptions options) {
        return new DecodedListing(catalog.list(query(options)), options.fields());
    }

    @Override
    public VersionedImage get(String name, AsOf asOf) {
        EncodedVersion found =
                catalog.get(namespace, name, asOf, null, Cancellation.NONE).image();
        return decode(ImageRules.requireFound(name, found), Set.of());
    }

    @Override
    public HistoryPage changes(String name, int size, String token) {
        int most = PageRules.size(size, PageRules.DEFAULT_HISTORY_SIZE);
        int asked = PageToken.hash(List.of(namespace, name));
        Position from = token.isEmpty() ? null : position(PageToken.decode(token, asked));
        HistoryPart part = catalog.history(namespace, name, from, most, MAX_BYTES, Cancellation.NONE);
        String next =
                part.next() == 0 ? "" : new PageToken(asked, part.position().store(), part.next(), "").encode();
        return new HistoryPage(
                part.changes().stream().map(DecodedCatalog::decode).toList(), next, part.isTruncated());
    }

    private static Change decode(EncodedChange change) {
        try {
            return CatalogProtos.fromProto(dev.imaged.proto.v1.Change.parseFrom(change.message()));
        } catch (InvalidProtocolBufferException e) {
            throw new ImageException.DataLoss("a stored change cannot be decoded", e);
        }
    }

    private static List<VersionedImage> decode(Part part, Set<ImageField> fields) {
        return part.images().stream().map(image -> decode(image, fields)).toList();
    }

    private static VersionedImage decode(EncodedVersion version, Set<ImageField> fields) {
        ReadMask mask = ReadMask.of(fields.stream().map(ImageField::path).toList());
        return new VersionedImage(
                version.namespace(), image(mask.apply(version.image())), version.revision(), version.createdRevision());
    }

    private static Image image(ByteString message) {
        try {
            return ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(message));
        } catch (InvalidProtocolBufferException e) {
            throw new ImageException.DataLoss("a stored image cannot be decoded", e);
        }
    }

    /** Reads part after part. */
    private static final class DecodedListing implements Listing {
        private final ImageCatalog.Listing listing;
        private final Set<ImageField> fields;
        private Part part;
        private Iterator<VersionedImage> images;

        DecodedListing(ImageCatalog.Listing listing, Set<ImageField> fields) {
            this.listing = listing;
            this.fields = fields;
            this.part = listing.next(STREAMED, MAX_BYTES, Cancellation.NONE);
            this.images = decode(part, fields).iterator();
        }

        @Override
        public Position position() {
            return part.position();
        }

        @Override
        public boolean hasNext() {
            while (!images.hasNext() && part.last() != null) {
                part = listing.next(STREAMED, MAX_BYTES, Cancellation.NONE);
                images = decode(part, fields).iterator();
            }
            return images.hasNext();
        }

        @Override
        public VersionedImage next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the list has ended");
            }
            return images.next();
        }

        @Override
        public void close() {}
    }
}
