package dev.imaged.remote;

import com.google.protobuf.ByteString;
import dev.imaged.content.ContentInfo;
import dev.imaged.content.ContentReader;
import dev.imaged.content.InMemoryContent;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.wire.ContentProtos;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.content.v1.ContentGrpc.ContentImplBase;
import dev.imaged.proto.content.v1.InfoRequest;
import dev.imaged.proto.content.v1.InfoResponse;
import dev.imaged.proto.content.v1.ReadContentRequest;
import dev.imaged.proto.content.v1.ReadContentResponse;
import dev.imaged.proto.content.v1.UpdateRequest;
import dev.imaged.proto.content.v1.UpdateResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A content service over content in memory, which sends blobs in small pieces. Thread-safe. */
public final class TestContentService extends ContentImplBase implements AutoCloseable {
    private static final int PIECE_BYTES = 3;

    private final InMemoryContent content;
    private final Server server;
    private final RemoteImageStores stores;
    final AtomicInteger streams = new AtomicInteger();

    /** Whether reads are left without an answer. */
    volatile boolean silent;

    public TestContentService(InMemoryContent content) throws IOException {
        this.content = content;
        String name = InProcessServerBuilder.generateName();
        this.server =
                InProcessServerBuilder.forName(name).addService(this).build().start();
        ManagedChannel channel = InProcessChannelBuilder.forName(name).build();
        this.stores = RemoteImageStores.over(channel);
    }

    /** Returns the content as a client sees it. */
    public RemoteContent client() {
        return stores.content("default");
    }

    @Override
    public void close() {
        stores.close();
        server.shutdownNow();
    }

    @Override
    public void info(InfoRequest request, StreamObserver<InfoResponse> answer) {
        try {
            ContentInfo info = content.info(request.getDigest());
            answer.onNext(InfoResponse.newBuilder()
                    .setInfo(ContentProtos.toProto(info))
                    .build());
            answer.onCompleted();
        } catch (ImageException e) {
            answer.onError(GrpcErrors.toStatus(e).asRuntimeException());
        }
    }

    @Override
    public void update(UpdateRequest request, StreamObserver<UpdateResponse> answer) {
        try {
            Map<String, String> labels = request.getInfo().getLabelsMap();
            if (request.getUpdateMask().getPathsCount() == 0) {
                throw new ImageException.Unimplemented("update_mask: all labels", null);
            }
            if (request.getUpdateMask().getPathsList().stream()
                    .anyMatch(path -> !labels.containsKey(path.substring(7)))) {
                throw new ImageException.InvalidArgument("update_mask: " + request.getUpdateMask());
            }
            answer.onNext(UpdateResponse.newBuilder()
                    .setInfo(ContentProtos.toProto(
                            content.label(request.getInfo().getDigest(), labels)))
                    .build());
            answer.onCompleted();
        } catch (ImageException e) {
            answer.onError(GrpcErrors.toStatus(e).asRuntimeException());
        }
    }

    @Override
    public void read(ReadContentRequest request, StreamObserver<ReadContentResponse> answer) {
        streams.incrementAndGet();
        if (silent) {
            return;
        }
        try (ContentReader reader = content.open(new Descriptor("", request.getDigest(), 0))) {
            long position = request.getOffset();
            ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
            while (reader.read(piece, position) > 0) {
                answer.onNext(ReadContentResponse.newBuilder()
                        .setOffset(position)
                        .setData(ByteString.copyFrom(piece.flip()))
                        .build());
                position += piece.limit();
                piece.clear();
            }
            answer.onCompleted();
        } catch (ImageException e) {
            answer.onError(GrpcErrors.toStatus(e).asRuntimeException());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
