package dev.imaged.bench;

import com.google.protobuf.FieldMask;
import com.google.protobuf.MessageLite;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.types.Descriptor;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Something to measure.
 *
 * @param method what is called
 * @param inFlight how many calls at a time
 * @param requests the request of each call by its number, null when there are no more
 */
record Operation(
        String name, MethodDescriptor<byte[], byte[]> method, int inFlight, LongFunction<byte @Nullable []> requests) {
    private static final int TEAMS = 1000;
    private static final int PREPARED = 1024;

    static Operation get(int images, int inFlight) {
        return new Operation(
                "Get, random names",
                raw(ImagesGrpc.getGetMethod()),
                inFlight,
                random(
                        images,
                        i -> GetImageRequest.newBuilder().setName(name(i)).build()));
    }

    static Operation create(long first, int inFlight) {
        return new Operation(
                "Create", raw(ImagesGrpc.getCreateMethod()), inFlight, number -> createRequest(first + number));
    }

    static byte[] createRequest(long i) {
        return CreateImageRequest.newBuilder().setImage(image(i, i)).build().toByteArray();
    }

    static Operation update(int images, int inFlight) {
        return new Operation(
                "Update of the target",
                raw(ImagesGrpc.getUpdateMethod()),
                inFlight,
                random(
                        images,
                        i -> UpdateImageRequest.newBuilder()
                                .setImage(image(i, i))
                                .setUpdateMask(FieldMask.newBuilder().addPaths("target"))
                                .build()));
    }

    /** Deletes names that were created, each once. */
    static Operation delete(long first, long count, int inFlight) {
        return new Operation(
                "Delete",
                raw(ImagesGrpc.getDeleteMethod()),
                inFlight,
                number -> number < count
                        ? DeleteImageRequest.newBuilder()
                                .setName(name(first + number))
                                .build()
                                .toByteArray()
                        : null);
    }

    static Operation listAll() {
        byte[] request = new byte[0];
        return new Operation("List, all", raw(ImagesGrpc.getListMethod()), 1, number -> request);
    }

    static Operation listByName(int images) {
        return list("List, name==", images, i -> "name==" + name(i));
    }

    static Operation listByDigest(int images) {
        return list("List, target.digest==", images, i -> "target.digest==" + digest(i));
    }

    static Operation listByLabel(int images) {
        return list("List, labels.team==", images, i -> "labels.team==team-" + i % TEAMS);
    }

    static Operation listByRegexp() {
        byte[] request = ListImagesRequest.newBuilder()
                .addFilters("name~=\"000123\"")
                .build()
                .toByteArray();
        return new Operation("List, unanchored regexp", raw(ImagesGrpc.getListMethod()), 1, number -> request);
    }

    private static Operation list(String name, int images, LongFunction<String> filter) {
        return new Operation(
                name,
                raw(ImagesGrpc.getListMethod()),
                1,
                random(
                        images,
                        i -> ListImagesRequest.newBuilder()
                                .addFilters(filter.apply(i))
                                .build()));
    }

    /** Requests for random images, made beforehand and used again and again. */
    private static LongFunction<byte @Nullable []> random(int images, LongFunction<MessageLite> request) {
        SplittableRandom random = new SplittableRandom(7);
        byte[][] prepared = new byte[PREPARED][];
        for (int i = 0; i < PREPARED; i++) {
            prepared[i] = request.apply(random.nextInt(images)).toByteArray();
        }
        return number -> prepared[(int) (number % PREPARED)];
    }

    private static Image image(long i, long content) {
        return Image.newBuilder()
                .setName(name(i))
                .putLabels("team", "team-" + i % TEAMS)
                .putLabels("containerd.io/distribution.source.docker.io", "library/app")
                .putLabels("org.opencontainers.image.version", "v1.2")
                .setTarget(Descriptor.newBuilder()
                        .setMediaType("application/vnd.oci.image.index.v1+json")
                        .setDigest(digest(content))
                        .setSize(1234))
                .build();
    }

    private static String name(long i) {
        return String.format("docker.io/library/app-%06d:v1.2", i);
    }

    private static String digest(long i) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] hash = sha.digest(Long.toString(i).getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodDescriptor<byte[], byte[]> raw(MethodDescriptor<?, ?> generated) {
        return generated.toBuilder(Bytes.INSTANCE, Bytes.INSTANCE).build();
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
