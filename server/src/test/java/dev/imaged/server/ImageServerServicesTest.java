package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import dev.imaged.remote.RemoteImageStores;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a daemon says of itself: health and reflection. */
class ImageServerServicesTest {
    @RegisterExtension
    static final TestDaemon daemon = new TestDaemon();

    private static final String IMAGES = "containerd.services.images.v1.Images";

    private RemoteImageStores client;

    @BeforeEach
    void connect() {
        client = RemoteImageStores.connect(daemon.addresses().get(0).toString());
    }

    @AfterEach
    void disconnect() {
        client.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", IMAGES})
    void healthIsServing(String service) {
        HealthCheckRequest request =
                HealthCheckRequest.newBuilder().setService(service).build();
        assertEquals(
                ServingStatus.SERVING,
                HealthGrpc.newBlockingStub(client.channel()).check(request).getStatus());
    }

    @Test
    void reflectionListsTheServices() throws Exception {
        ServerReflectionResponse response =
                reflect(ServerReflectionRequest.newBuilder().setListServices("").build());
        List<String> names = response.getListServicesResponse().getServiceList().stream()
                .map(service -> service.getName())
                .sorted()
                .toList();
        assertEquals(
                List.of(
                        "containerd.services.events.v1.Events",
                        IMAGES,
                        "containerd.services.namespaces.v1.Namespaces",
                        "grpc.health.v1.Health",
                        "grpc.reflection.v1.ServerReflection",
                        "grpc.reflection.v1alpha.ServerReflection",
                        "imaged.v1.Catalog",
                        "imaged.v1.Maintenance"),
                names);
    }

    @Test
    void reflectionDescribesTheImagesWithAllTheirImports() throws Exception {
        ServerReflectionResponse response = reflect(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol(IMAGES)
                .build());
        List<ByteString> files = response.getFileDescriptorResponse().getFileDescriptorProtoList();
        assertImagesAreDescribed(files);
    }

    @Test
    @SuppressWarnings("deprecation")
    void olderClientsAreAnsweredTheSame() throws Exception {
        Function<
                        StreamObserver<io.grpc.reflection.v1alpha.ServerReflectionResponse>,
                        StreamObserver<io.grpc.reflection.v1alpha.ServerReflectionRequest>>
                call = io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(client.channel())::serverReflectionInfo;
        var list = ask(
                call,
                io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                        .setListServices("")
                        .build());
        assertTrue(list.getListServicesResponse().getServiceList().stream()
                .anyMatch(service -> service.getName().equals(IMAGES)));
        var described = ask(
                call,
                io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                        .setFileContainingSymbol(IMAGES)
                        .build());
        assertImagesAreDescribed(described.getFileDescriptorResponse().getFileDescriptorProtoList());
    }

    private static void assertImagesAreDescribed(List<ByteString> files) throws Exception {
        List<String> paths = new java.util.ArrayList<>();
        for (ByteString file : files) {
            paths.add(FileDescriptorProto.parseFrom(file).getName());
        }
        assertEquals(
                List.of(
                        "google/protobuf/empty.proto",
                        "google/protobuf/field_mask.proto",
                        "google/protobuf/timestamp.proto",
                        "services/images/v1/images.proto",
                        "types/descriptor.proto"),
                paths.stream().sorted().toList());
    }

    private ServerReflectionResponse reflect(ServerReflectionRequest request) throws Exception {
        return ask(ServerReflectionGrpc.newStub(client.channel())::serverReflectionInfo, request);
    }

    /** Sends one request in a call that may have many, and waits for its answer. */
    private static <Q, R> R ask(Function<StreamObserver<R>, StreamObserver<Q>> method, Q request) throws Exception {
        CompletableFuture<R> answer = new CompletableFuture<>();
        StreamObserver<Q> call = method.apply(new StreamObserver<>() {
            @Override
            public void onNext(R response) {
                answer.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                answer.completeExceptionally(error);
            }

            @Override
            public void onCompleted() {
                answer.completeExceptionally(new AssertionError("the call ended without an answer"));
            }
        });
        call.onNext(request);
        call.onCompleted();
        return answer.get(30, TimeUnit.SECONDS);
    }
}
