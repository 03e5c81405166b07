package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodedMarshallerTest {
    private static final String PART = "part ".repeat(1000);

    private final ByteString message = ByteString.copyFromUtf8(PART)
            .concat(UnsafeByteOperations.unsafeWrap(ByteBuffer.wrap(PART.getBytes(StandardCharsets.UTF_8))));

    @Test
    void aMessageIsDrainedWhole() throws IOException {
        InputStream stream = EncodedMarshaller.INSTANCE.stream(message);
        ByteArrayOutputStream drained = new ByteArrayOutputStream();
        assertEquals(message.size(), ((KnownLength) stream).available());
        assertEquals(message.size(), ((Drainable) stream).drainTo(drained));
        assertArrayEquals(message.toByteArray(), drained.toByteArray());
        assertEquals(-1, stream.read());
    }

    @Test
    void aMessageThatIsReadByBytesIsTheSame() throws IOException {
        InputStream stream = EncodedMarshaller.INSTANCE.stream(message);
        assertEquals('p', stream.read());
        assertArrayEquals(message.substring(1).toByteArray(), stream.readAllBytes());
    }

    @Test
    void theArrayOfAMessageIsNotCopied() throws IOException {
        byte[] array = PART.getBytes(StandardCharsets.UTF_8);
        List<byte[]> seen = new ArrayList<>();
        InputStream stream = EncodedMarshaller.INSTANCE.stream(UnsafeByteOperations.unsafeWrap(array));
        ((Drainable) stream).drainTo(new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                seen.add(bytes);
            }
        });
        assertSame(array, seen.get(0));
    }
}
