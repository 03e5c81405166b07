package dev.imaged.remote;

import dev.imaged.images.AsOf;
import dev.imaged.images.AsyncHistory;
import dev.imaged.images.HistoryPage;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.VersionedImage;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.GetRequest;
import dev.imaged.proto.v1.GetResponse;
import dev.imaged.proto.v1.HistoryRequest;
import dev.imaged.proto.v1.HistoryResponse;
import java.util.concurrent.CompletableFuture;

/** The past of the images of one namespace on the other end of a channel. */
record RemoteHistory(RemoteCatalog catalog, String namespace) implements AsyncHistory {
    @Override
    public CompletableFuture<VersionedImage> get(String name, AsOf asOf) {
        return catalog.call(
                CatalogGrpc.getGetMethod(),
                () -> {
                    ImageValidator.requireUnicode("name", name);
                    GetRequest.Builder request =
                            GetRequest.newBuilder().setNamespace(namespace).setName(name);
                    if (!asOf.equals(AsOf.now())) {
                        request.setAsOf(CatalogProtos.toProto(asOf));
                    }
                    return request.build();
                },
                (GetResponse response) -> CatalogProtos.fromProto(response.getImage()));
    }

    @Override
    public CompletableFuture<HistoryPage> changes(String name, int size, String token) {
        return catalog.call(
                CatalogGrpc.getHistoryMethod(),
                () -> {
                    ImageValidator.requireUnicode("name", name);
                    return HistoryRequest.newBuilder()
                            .setNamespace(namespace)
                            .setName(name)
                            .setPageSize(size)
                            .setPageToken(token)
                            .build();
                },
                (HistoryResponse response) -> new HistoryPage(
                        response.getChangesList().stream()
                                .map(CatalogProtos::fromProto)
                                .toList(),
                        response.getNextPageToken(),
                        response.getTruncated()));
    }
}
