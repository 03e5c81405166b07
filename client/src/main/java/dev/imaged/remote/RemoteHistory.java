package dev.imaged.remote;

import dev.imaged.images.AsOf;
import dev.imaged.images.History;
import dev.imaged.images.HistoryPage;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.VersionedImage;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.proto.v1.GetRequest;
import dev.imaged.proto.v1.HistoryRequest;
import dev.imaged.proto.v1.HistoryResponse;

/** The past of the images of one namespace on the other end of a channel. */
record RemoteHistory(RemoteCatalog catalog, String namespace) implements History {
    @Override
    public VersionedImage get(String name, AsOf asOf) {
        ImageValidator.requireUnicode("name", name);
        GetRequest.Builder request =
                GetRequest.newBuilder().setNamespace(namespace).setName(name);
        if (!asOf.equals(AsOf.now())) {
            request.setAsOf(CatalogProtos.toProto(asOf));
        }
        return CatalogProtos.fromProto(
                RemoteCatalog.call(() -> catalog.stub().get(request.build())).getImage());
    }

    @Override
    public HistoryPage changes(String name, int size, String token) {
        ImageValidator.requireUnicode("name", name);
        HistoryRequest request = HistoryRequest.newBuilder()
                .setNamespace(namespace)
                .setName(name)
                .setPageSize(size)
                .setPageToken(token)
                .build();
        HistoryResponse response = RemoteCatalog.call(() -> catalog.stub().history(request));
        return new HistoryPage(
                response.getChangesList().stream().map(CatalogProtos::fromProto).toList(),
                response.getNextPageToken(),
                response.getTruncated());
    }
}
