package dev.imaged.server.grpc;

import dev.imaged.maintenance.Maintenance;
import dev.imaged.proto.namespaces.v1.ListNamespacesRequest;
import dev.imaged.proto.namespaces.v1.ListNamespacesResponse;
import dev.imaged.proto.namespaces.v1.Namespace;
import dev.imaged.proto.namespaces.v1.NamespacesGrpc;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;

/** Lists the namespaces. Like containerd, it does not look at the filter of a request. */
public final class NamespacesService extends NamespacesGrpc.NamespacesImplBase {
    private final Maintenance maintenance;
    private final BackgroundCalls calls;

    /** @param executor rejects a task when too many wait */
    public NamespacesService(Maintenance maintenance, Executor executor) {
        this.maintenance = maintenance;
        this.calls = new BackgroundCalls(executor);
    }

    @Override
    public void list(ListNamespacesRequest request, StreamObserver<ListNamespacesResponse> call) {
        calls.run(call, () -> {
            ListNamespacesResponse.Builder response = ListNamespacesResponse.newBuilder();
            maintenance
                    .namespaces()
                    .forEach(name ->
                            response.addNamespaces(Namespace.newBuilder().setName(name)));
            BackgroundCalls.answer(call, response.build());
        });
    }
}
