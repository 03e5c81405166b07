package dev.imaged.bench;

import com.google.protobuf.FieldMask;
import com.google.protobuf.MessageLite;
import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import io.grpc.MethodDescriptor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Something to measure.
 *
 * @param inFlight how many calls at a time, unless they start at a rate
 */
record Operation(String name, int inFlight, Calls calls) {
    static final String CREATE = "Create";
    static final String UPDATE = "Update of the target";
    static final String DELETE = "Delete";

    /** More than are created while {@link OpenLoop} leaves calls unanswered. */
    static final int REPLACED = 100;

    /** The calls of an operation. Thread-safe: one thread starts a run, and another one goes on. */
    @FunctionalInterface
    interface Calls {
        /**
         * Returns a call by its number in a run, null when there are no more.
         *
         * @param targets those of the server that is called
         */
        @Nullable
        Call next(Targets targets, long number);
    }

    static Operation getFixed(int inFlight) {
        return repeated("Get, fixed name", inFlight, ImagesGrpc.getGetMethod(), getRequest(0));
    }

    /**
     * Asks for any image. Requests are encoded when they are needed: with a draw, that takes 0.1 us, and the fastest runs make a
     * call every 5 us.
     */
    static Operation get(Distribution names, int images, int inFlight) {
        MethodDescriptor<byte[], byte[]> get = RawMethods.of(ImagesGrpc.getGetMethod());
        Sampler sampler = names.over(images);
        return new Operation(
                "Get, " + names.title(),
                inFlight,
                (targets, number) -> call(get, getRequest(sampler.draw(ThreadLocalRandom.current()))));
    }

    private static GetImageRequest getRequest(long i) {
        return GetImageRequest.newBuilder().setName(SyntheticImages.name(i)).build();
    }

    static Operation create(long first, int inFlight) {
        MethodDescriptor<byte[], byte[]> create = RawMethods.of(ImagesGrpc.getCreateMethod());
        return new Operation(CREATE, inFlight, (targets, number) -> call(create, createRequest(first + number)));
    }

    private static CreateImageRequest createRequest(long i) {
        return CreateImageRequest.newBuilder()
                .setImage(SyntheticImages.image(i))
                .build();
    }

    /** Moves images, each as often as any other, to digests that nothing else has: each update changes an index. */
    static Operation update(int images, int inFlight) {
        MethodDescriptor<byte[], byte[]> update = RawMethods.of(ImagesGrpc.getUpdateMethod());
        Sampler sampler = Distribution.UNIFORM.over(images);
        return new Operation(UPDATE, inFlight, (targets, number) -> {
            int image = sampler.draw(ThreadLocalRandom.current());
            return call(update, updateRequest(image, targets.update(image)));
        });
    }

    private static UpdateImageRequest updateRequest(long i, long content) {
        return UpdateImageRequest.newBuilder()
                .setImage(
                        Image.newBuilder().setName(SyntheticImages.name(i)).setTarget(SyntheticImages.target(content)))
                .setUpdateMask(FieldMask.newBuilder().addPaths("target"))
                .build();
    }

    /** Deletes names that were created, each once. */
    static Operation delete(long first, long count, int inFlight) {
        MethodDescriptor<byte[], byte[]> delete = RawMethods.of(ImagesGrpc.getDeleteMethod());
        return new Operation(DELETE, inFlight, (targets, number) -> call(delete, deleteRequest(first + number)))
                .first(count);
    }

    private static DeleteImageRequest deleteRequest(long i) {
        return DeleteImageRequest.newBuilder().setName(SyntheticImages.name(i)).build();
    }

    /** Of a hundred calls 90 gets, whose latency counts, 5 lists by digest, 4 updates and a create. */
    static Operation mixed(int images, long first, int inFlight) {
        Calls creates = create(first, inFlight).calls();
        return mixed(images, inFlight, (targets, number) -> creates.next(targets, number / 100));
    }

    /**
     * The same, but every other create deletes, so that the number of images stays. The last {@value #REPLACED} images are
     * replaced first. What is deleted was created 20,000 calls before, and so has its answer.
     */
    static Operation mixedSteady(int images, int inFlight) {
        int kept = images - REPLACED;
        AtomicLong turns = new AtomicLong();
        Calls creates = create(images, inFlight).calls();
        Calls deletes = delete(kept, Long.MAX_VALUE, inFlight).calls();
        return mixed(kept, inFlight, (targets, number) -> {
            long turn = turns.getAndIncrement();
            return (turn % 2 == 0 ? creates : deletes).next(targets, turn / 2);
        });
    }

    private static Operation mixed(int images, int inFlight, Calls hundredth) {
        Calls gets = get(Distribution.UNIFORM, images, inFlight).calls();
        Calls lists = unwatched(ListOperations.byDigest(images).calls());
        Calls updates = unwatched(update(images, inFlight).calls());
        Calls last = unwatched(hundredth);
        return new Operation("Mixed (latency: Get)", inFlight, (targets, number) -> {
            long kind = number % 100;
            if (kind < 90) {
                return gets.next(targets, number);
            } else if (kind < 95) {
                return lists.next(targets, number);
            }
            return (kind < 99 ? updates : last).next(targets, number);
        });
    }

    /** How many images a mixed run of that many calls creates. */
    static long createdByMixed(long calls) {
        return calls / 100;
    }

    private static Calls unwatched(Calls calls) {
        return (targets, number) -> {
            Call call = calls.next(targets, number);
            return call == null ? null : new Call(call.method(), call.request(), false);
        };
    }

    /** Returns an operation that makes the same call again and again. */
    static Operation repeated(String name, int inFlight, MethodDescriptor<?, ?> method, MessageLite request) {
        Call call = call(RawMethods.of(method), request);
        return new Operation(name, inFlight, (targets, number) -> call);
    }

    /** Returns an operation that ends after some calls. */
    Operation first(long count) {
        return new Operation(name, inFlight, (targets, number) -> number < count ? calls.next(targets, number) : null);
    }

    private static Call call(MethodDescriptor<byte[], byte[]> method, MessageLite request) {
        return new Call(method, request.toByteArray(), true);
    }
}
