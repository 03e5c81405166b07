package dev.imaged.remote;

import dev.imaged.content.ContentInfo;
import dev.imaged.content.ContentManager;
import dev.imaged.content.ContentProvider;
import dev.imaged.content.ContentReader;
import dev.imaged.errors.ImageException;
import dev.imaged.images.ImageValidator;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.wire.ContentProtos;
import dev.imaged.internal.wire.GrpcErrors;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.proto.content.v1.ContentGrpc;
import dev.imaged.proto.content.v1.ContentGrpc.ContentBlockingStub;
import dev.imaged.proto.content.v1.InfoRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The content of one namespace on the other end of a connection: any server of containerd's Content API. {@link
 * RemoteImageStores#content} returns it. Thread-safe.
 *
 * <p>Every call waits for at most the connection's deadline and may also throw the errors of the connection ({@link
 * ImageException.Unavailable}, {@link ImageException.DeadlineExceeded}); a thread that is interrupted while it waits
 * gets {@link ImageException.Cancelled} with its interrupt flag set.
 */
public final class RemoteContent implements ContentProvider, ContentManager {
    private final ContentBlockingStub stub;
    private final Duration deadline;

    RemoteContent(Channel channel, String namespace, Duration deadline) {
        this.stub = ContentGrpc.newBlockingStub(channel)
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(NamespaceHeader.write(namespace)));
        this.deadline = deadline;
    }

    /** Opens a blob. Its bytes are fetched as they are read; reads in order share one call. */
    @Override
    public ContentReader open(Descriptor blob) {
        return new RemoteReader(this, blob.digest(), info(blob.digest()).size());
    }

    @Override
    public ContentInfo info(String digest) {
        Digest.requireValid(digest);
        InfoRequest request = InfoRequest.newBuilder().setDigest(digest).build();
        return call(() -> ContentProtos.fromProto(stub().info(request).getInfo()));
    }

    @Override
    public ContentInfo label(String digest, Map<String, String> labels) {
        if (labels.isEmpty()) {
            return info(digest); // a mask without paths would stand for all labels, and remove them
        }
        Digest.requireValid(digest);
        labels.forEach(RemoteContent::requireValid);
        return call(() -> ContentProtos.fromProto(
                stub().update(ContentProtos.toLabelRequest(digest, labels)).getInfo()));
    }

    /** Checks the rules that a server does not check, or reports without a code. The server checks the length. */
    private static void requireValid(String key, String value) {
        ImageValidator.requireUnicode("label", key);
        ImageValidator.requireUnicode("label", value);
        if (key.isEmpty() && !value.isEmpty()) {
            throw new ImageException.InvalidArgument("label \"\"=" + Excerpt.quote(value) + ": key required");
        }
    }

    /** Returns a stub whose calls have the deadline, counted from now. */
    ContentBlockingStub stub() {
        return stub.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Makes a call and translates its error to the domain's. */
    static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw GrpcErrors.fromStatus(e.getStatus(), e);
        }
    }
}
