package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.proto.health.v1.HealthGrpc;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.namespaces.v1.NamespacesGrpc;
import dev.imaged.proto.v1.CatalogGrpc;
import io.grpc.MethodDescriptor;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SafeMethodsTest {
    /** A method that is new has to be put on one side. */
    @Test
    void allMethodsOfTheseServicesAreSafeButThoseThatChangeSomething() {
        assertEquals(
                Set.of("Create", "Update", "Delete", "Apply", "Revert", "Undo"),
                Stream.of(
                                ImagesGrpc.getServiceDescriptor(),
                                CatalogGrpc.getServiceDescriptor(),
                                NamespacesGrpc.getServiceDescriptor(),
                                HealthGrpc.getServiceDescriptor())
                        .flatMap(service -> service.getMethods().stream())
                        .filter(method -> !SafeMethods.contains(method))
                        .map(MethodDescriptor::getBareMethodName)
                        .collect(Collectors.toSet()));
    }
}
