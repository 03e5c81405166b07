package dev.imaged.remote;

import com.google.protobuf.FieldMask;
import dev.imaged.images.ImageField;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.ListOptions;
import dev.imaged.images.Listing;
import dev.imaged.images.Page;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Pages;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListPageResponse;
import dev.imaged.proto.v1.ListStreamRequest;

/** The long lists of one namespace on the other end of a channel. */
record RemotePages(RemoteCatalog catalog, String namespace) implements Pages {
    @Override
    public Page page(PageOptions options) {
        ListOptions list = options.list();
        requireUnicode(list);
        ListPageRequest.Builder request = ListPageRequest.newBuilder()
                .setNamespace(namespace)
                .addAllFilters(list.filters())
                .setPageSize(options.size())
                .setPageToken(options.token())
                .setAsOf(CatalogProtos.toProto(list.asOf()))
                .setAllowNewer(options.allowsNewer())
                .setReadMask(mask(list));
        Position notBefore = list.notBefore();
        if (notBefore != null) {
            request.setNotBefore(CatalogProtos.toProto(notBefore));
        }
        ListPageResponse response = RemoteCatalog.call(() -> catalog.stub().listPage(request.build()));
        return new Page(
                response.getImagesList().stream().map(CatalogProtos::fromProto).toList(),
                response.getNextPageToken(),
                CatalogProtos.fromProto(response.getPosition()));
    }

    @Override
    public Listing stream(ListOptions options) {
        requireUnicode(options);
        ListStreamRequest.Builder request = ListStreamRequest.newBuilder()
                .addNamespaces(namespace)
                .addAllFilters(options.filters())
                .setAsOf(CatalogProtos.toProto(options.asOf()))
                .setReadMask(mask(options));
        Position notBefore = options.notBefore();
        if (notBefore != null) {
            request.setNotBefore(CatalogProtos.toProto(notBefore));
        }
        return RemoteListing.open(catalog.streams().listStream(request.build()), catalog.deadline());
    }

    private static void requireUnicode(ListOptions options) {
        options.filters().forEach(filter -> ImageValidator.requireUnicode("filters", filter));
    }

    private static FieldMask mask(ListOptions options) {
        FieldMask.Builder mask = FieldMask.newBuilder();
        options.fields().stream().sorted().map(ImageField::path).forEach(mask::addPaths);
        return mask.build();
    }
}
