package dev.imaged.remote;

import dev.imaged.proto.content.v1.ContentGrpc;
import dev.imaged.proto.health.v1.HealthGrpc;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.namespaces.v1.NamespacesGrpc;
import dev.imaged.proto.v1.CatalogGrpc;
import io.grpc.MethodDescriptor;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The methods that change nothing, so that a call may be sent again to another daemon. */
final class SafeMethods {
    private static final Set<String> NAMES = Stream.of(
                    ImagesGrpc.getGetMethod(),
                    ImagesGrpc.getListMethod(),
                    CatalogGrpc.getDescribeMethod(),
                    CatalogGrpc.getGetMethod(),
                    CatalogGrpc.getListPageMethod(),
                    CatalogGrpc.getListStreamMethod(),
                    CatalogGrpc.getHistoryMethod(),
                    CatalogGrpc.getWatchMethod(),
                    ContentGrpc.getInfoMethod(),
                    ContentGrpc.getReadMethod(),
                    NamespacesGrpc.getListMethod(),
                    HealthGrpc.getCheckMethod(),
                    HealthGrpc.getWatchMethod())
            .map(MethodDescriptor::getFullMethodName)
            .collect(Collectors.toUnmodifiableSet());

    private SafeMethods() {}

    static boolean contains(MethodDescriptor<?, ?> method) {
        return NAMES.contains(method.getFullMethodName());
    }
}
