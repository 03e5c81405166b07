package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Message;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.wire.ContentProtos;
import dev.imaged.oci.Descriptor;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A call can set every field that its request has. A field that is new in the API fails a test here first. */
class RequestFieldsTest {
    private static final Image IMAGE =
            new Image("a", Map.of("k", "v"), new Descriptor("m", "sha256:abc", 1, Map.of("x", "y")));
    private static final WriteOptions OPTIONS = new WriteOptions(Instant.EPOCH, "lease");

    private final List<Message> sent = new ArrayList<>();
    private final RemoteImageStore store =
            new RemoteImageStore(new RecordingChannel(), "default", Duration.ofMinutes(1), hints -> {});

    /** Keeps what is sent, and answers nothing. */
    private final class RecordingChannel extends Channel {
        @Override
        public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
            return new ClientCall<>() {
                @Override
                public void start(Listener<R> listener, Metadata headers) {}

                @Override
                public void request(int numMessages) {}

                @Override
                public void cancel(String message, Throwable cause) {}

                @Override
                public void halfClose() {}

                @Override
                public void sendMessage(Q message) {
                    sent.add((Message) message);
                }
            };
        }

        @Override
        public String authority() {
            return "localhost";
        }
    }

    private static void assertAllFieldsSet(Message request) {
        Set<?> all = new HashSet<>(request.getDescriptorForType().getFields());

        assertEquals(all, request.getAllFields().keySet());
    }

    @Test
    void aGetSetsAllFields() {
        store.get("a");

        assertAllFieldsSet(sent.get(0));
    }

    @Test
    void aListSetsAllFields() {
        store.list(List.of("name==a"));

        assertAllFieldsSet(sent.get(0));
    }

    @Test
    void aCreateSetsAllFields() {
        store.create(IMAGE, OPTIONS);

        assertAllFieldsSet(sent.get(0));
    }

    @Test
    void anUpdateSetsAllFields() {
        store.update(IMAGE, UpdateMask.target(), OPTIONS);

        assertAllFieldsSet(sent.get(0));
    }

    @Test
    void aDeleteSetsAllFields() {
        store.delete("a", new DeleteOptions(true, "sha256:abc"));

        assertAllFieldsSet(sent.get(0));
    }

    @Test
    void labellingABlobSetsAllFields() {
        assertAllFieldsSet(ContentProtos.toLabelRequest("sha256:abc", Map.of("k", "v")));
    }
}
