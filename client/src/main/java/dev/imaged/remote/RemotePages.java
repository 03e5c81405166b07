package dev.imaged.remote;

import com.google.protobuf.FieldMask;
import dev.imaged.images.AsyncPages;
import dev.imaged.images.ImageField;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.ListOptions;
import dev.imaged.images.ListPart;
import dev.imaged.images.Page;
import dev.imaged.images.PageOptions;
import dev.imaged.images.Position;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListPageResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** The long lists of one namespace on the other end of a channel. */
record RemotePages(RemoteCatalog catalog, String namespace) implements AsyncPages {
    @Override
    public CompletableFuture<Page> page(PageOptions options) {
        return catalog.call(
                CatalogGrpc.getListPageMethod(),
                () -> toProto(options),
                (ListPageResponse response) -> new Page(
                        response.getImagesList().stream()
                                .map(CatalogProtos::fromProto)
                                .toList(),
                        response.getNextPageToken(),
                        CatalogProtos.fromProto(response.getPosition())));
    }

    private ListPageRequest toProto(PageOptions options) {
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
        return request.build();
    }

    @Override
    public Flow.Publisher<ListPart> stream(ListOptions options) {
        return subscriber -> {
            Objects.requireNonNull(subscriber, "subscriber");
            new ListSubscription(catalog, () -> toProto(options), subscriber).start();
        };
    }

    private ListStreamRequest toProto(ListOptions options) {
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
        return request.build();
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
