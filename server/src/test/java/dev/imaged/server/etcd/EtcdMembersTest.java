package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How members are connected to. */
class EtcdMembersTest {
    @ParameterizedTest
    @ValueSource(strings = {"etcd1:2379", "127.0.0.1:2379", "[::1]:2379"})
    void anAddressIsThatOfTheConnection(String endpoint) {
        ManagedChannel connection = Grpc.newChannelBuilder(
                        EtcdMembers.target(endpoint), InsecureChannelCredentials.create())
                .build();
        try {
            assertEquals(endpoint, connection.authority());
        } finally {
            connection.shutdownNow();
        }
    }
}
