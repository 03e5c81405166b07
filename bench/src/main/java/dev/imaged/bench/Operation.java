package dev.imaged.bench;

import com.google.protobuf.FieldMask;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Timestamp;
import dev.imaged.bench.LoadGenerator.Call;
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
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Something to measure.
 *
 * @param inFlight how many calls at a time, unless they start at a rate
 * @param calls each call by its number, null when there are no more
 */
record Operation(String name, int inFlight, LongFunction<@Nullable Call> calls) {
    /** How many requests, each for a random image, are made before a run and used again and again. */
    private static final int PREPARED = 32 * 1024;

    private static final int HITS_OF_A_LABEL = 100;

    /** More than are created while {@link OpenLoop} leaves calls unanswered. */
    static final int REPLACED = 100;

    /** A list of more images would not fit into a message. */
    static final int MAX_LISTED = 20_000;

    static Operation getFixed(int inFlight) {
        byte[] request = GetImageRequest.newBuilder().setName(name(0)).build().toByteArray();
        return new Operation("Get, fixed name", inFlight, repeated(ImagesGrpc.getGetMethod(), request));
    }

    static Operation get(int images, int inFlight) {
        return new Operation(
                "Get, random names",
                inFlight,
                random(
                        ImagesGrpc.getGetMethod(),
                        images,
                        i -> GetImageRequest.newBuilder().setName(name(i)).build()));
    }

    static Operation create(long first, int inFlight) {
        MethodDescriptor<byte[], byte[]> create = raw(ImagesGrpc.getCreateMethod());
        return new Operation("Create", inFlight, number -> new Call(create, createRequest(first + number), true));
    }

    private static byte[] createRequest(long i) {
        return CreateImageRequest.newBuilder().setImage(image(i, i)).build().toByteArray();
    }

    /** Moves random names of the second half to digests that nothing else has: each update changes an index. */
    static Operation update(int images, int inFlight) {
        return update(images / 2, images - images / 2, inFlight);
    }

    /** Moves random names, any of them, to digests that nothing else has. */
    static Operation updateAny(int images, int inFlight) {
        return update(0, images, inFlight);
    }

    private static Operation update(int first, int count, int inFlight) {
        MethodDescriptor<byte[], byte[]> update = raw(ImagesGrpc.getUpdateMethod());
        AtomicLong updates = new AtomicLong();
        return new Operation("Update of the target", inFlight, number -> {
            long content = -updates.incrementAndGet();
            long name = first + Long.remainderUnsigned((content * 0x9E3779B97F4A7C15L) >>> 20, count);
            return new Call(update, updateRequest(name, content).toByteArray(), true);
        });
    }

    private static UpdateImageRequest updateRequest(long i, long content) {
        return UpdateImageRequest.newBuilder()
                .setImage(Image.newBuilder().setName(name(i)).setTarget(target(content)))
                .setUpdateMask(FieldMask.newBuilder().addPaths("target"))
                .build();
    }

    /** Deletes names that were created, each once. */
    static Operation delete(long first, long count, int inFlight) {
        MethodDescriptor<byte[], byte[]> delete = raw(ImagesGrpc.getDeleteMethod());
        return new Operation(
                "Delete",
                inFlight,
                number -> number < count
                        ? new Call(
                                delete,
                                DeleteImageRequest.newBuilder()
                                        .setName(name(first + number))
                                        .build()
                                        .toByteArray(),
                                true)
                        : null);
    }

    static Operation listAll() {
        return new Operation("List, all", 1, repeated(ImagesGrpc.getListMethod(), new byte[0]));
    }

    /** Lists with filters: those that an index serves, and those that read all images. */
    static List<Operation> filtered(int images) {
        return List.of(
                listByName(images),
                listByDigest(images),
                listByLabel(images),
                listByNamePrefix(images),
                listByDigestPrefix(images),
                listByRegexp(),
                listByInequality());
    }

    private static Operation listByName(int images) {
        return list("List, name==", images, i -> "name==" + name(i));
    }

    /** Of the first half, whose targets stay. */
    private static Operation listByDigest(int images) {
        return list("List, target.digest==", images / 2, i -> "target.digest==" + digest(i));
    }

    private static Operation listByLabel(int images) {
        return list("List, labels.team==", images, i -> "labels.team==" + team(i));
    }

    /** A prefix that 100 images have. */
    private static Operation listByNamePrefix(int images) {
        return list(
                "List, name~=^prefix",
                images,
                i -> "name~=\"^" + name(i).replaceAll("\\d\\d:.*", "").replace(".", "\\\\.") + "\"");
    }

    private static Operation listByDigestPrefix(int images) {
        return list(
                "List, target.digest~=^prefix",
                images / 2,
                i -> "target.digest~=\"^" + digest(i).substring(0, 19) + "\"");
    }

    private static Operation listByRegexp() {
        return list("List, unanchored regexp", 1, i -> "name~=\"000123\"");
    }

    private static Operation listByInequality() {
        return list("List, labels.team!= and name~=", 1, i -> "labels.team!=team-1,name~=\"000123\"");
    }

    /** Of a hundred calls 90 gets, whose latency counts, 5 lists by digest, 4 updates and a create. */
    static Operation mixed(int images, long first, int inFlight) {
        LongFunction<@Nullable Call> creates = create(first, inFlight).calls();
        return mixed(images, inFlight, number -> creates.apply(number / 100));
    }

    /**
     * The same, but every other create deletes, so that the number of images stays. The last {@value #REPLACED} images are
     * replaced first. What is deleted was created 20,000 calls before, and so has its answer.
     */
    static Operation mixedSteady(int images, int inFlight) {
        int kept = images - REPLACED;
        AtomicLong turns = new AtomicLong();
        LongFunction<@Nullable Call> creates = create(images, inFlight).calls();
        LongFunction<@Nullable Call> deletes =
                delete(kept, Long.MAX_VALUE, inFlight).calls();
        return mixed(kept, inFlight, number -> {
            long turn = turns.getAndIncrement();
            return (turn % 2 == 0 ? creates : deletes).apply(turn / 2);
        });
    }

    private static Operation mixed(int images, int inFlight, LongFunction<@Nullable Call> hundredth) {
        LongFunction<@Nullable Call> gets = get(images, inFlight).calls();
        LongFunction<@Nullable Call> lists = unwatched(listByDigest(images).calls());
        LongFunction<@Nullable Call> updates =
                unwatched(update(images, inFlight).calls());
        LongFunction<@Nullable Call> last = unwatched(hundredth);
        return new Operation("Mixed (latency: Get)", inFlight, number -> {
            long kind = number % 100;
            if (kind < 90) {
                return gets.apply(number);
            } else if (kind < 95) {
                return lists.apply(number);
            }
            return (kind < 99 ? updates : last).apply(number);
        });
    }

    /** How many images a mixed run of that many calls creates. */
    static long createdByMixed(long calls) {
        return calls / 100;
    }

    private static LongFunction<@Nullable Call> unwatched(LongFunction<@Nullable Call> calls) {
        return number -> {
            Call call = calls.apply(number);
            return call == null ? null : new Call(call.method(), call.request(), false);
        };
    }

    /** Returns an operation that ends after some calls. */
    Operation first(long count) {
        return new Operation(name, inFlight, number -> number < count ? calls.apply(number) : null);
    }

    private static Operation list(String name, int images, LongFunction<String> filter) {
        return new Operation(
                name,
                1,
                random(
                        ImagesGrpc.getListMethod(),
                        images,
                        i -> ListImagesRequest.newBuilder()
                                .addFilters(filter.apply(i))
                                .build()));
    }

    private static LongFunction<@Nullable Call> repeated(MethodDescriptor<?, ?> method, byte[] request) {
        Call call = new Call(raw(method), request, true);
        return number -> call;
    }

    /** Requests for random images, made beforehand and used again and again. */
    private static LongFunction<@Nullable Call> random(
            MethodDescriptor<?, ?> method, int images, LongFunction<MessageLite> request) {
        SplittableRandom random = new SplittableRandom(7);
        MethodDescriptor<byte[], byte[]> raw = raw(method);
        Call[] prepared = new Call[PREPARED];
        for (int i = 0; i < PREPARED; i++) {
            prepared[i] = new Call(raw, request.apply(random.nextInt(images)).toByteArray(), true);
        }
        return number -> prepared[(int) (number % PREPARED)];
    }

    /** Returns the message of an image, as a server would answer it. */
    static Image answer(long i) {
        return image(i, i).toBuilder()
                .setCreatedAt(Timestamp.newBuilder().setSeconds(1_800_000_000).setNanos(123_456_789))
                .setUpdatedAt(Timestamp.newBuilder().setSeconds(1_800_000_000).setNanos(123_456_789))
                .build();
    }

    private static String team(long i) {
        return "team-" + i / HITS_OF_A_LABEL;
    }

    private static Image image(long i, long content) {
        return Image.newBuilder()
                .setName(name(i))
                .putLabels("team", team(i))
                .putLabels("containerd.io/distribution.source.docker.io", "library/app")
                .putLabels("org.opencontainers.image.version", "v1.2")
                .setTarget(target(content))
                .build();
    }

    private static Descriptor.Builder target(long content) {
        return Descriptor.newBuilder()
                .setMediaType("application/vnd.oci.image.index.v1+json")
                .setDigest(digest(content))
                .setSize(1234);
    }

    private static String name(long i) {
        String number = Long.toString(i);
        return "docker.io/library/app-" + "0".repeat(Math.max(0, 6 - number.length())) + number + ":v1.2";
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

    static MethodDescriptor<byte[], byte[]> raw(MethodDescriptor<?, ?> generated) {
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
