package dev.imaged.bench;

import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.ListImagesRequest;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Lists, one after the other. Those by a name, digest, label or prefix ask for that of any image, each as often as any other. */
final class ListOperations {
    /** A list of more images would not fit into a message. */
    static final int MAX_LISTED = 20_000;

    private static final int DIGEST_PREFIX_CHARS = 19;

    private ListOperations() {}

    /** Returns the filter that selects an image. */
    private interface Filter {
        String of(Targets targets, int image);
    }

    static Operation all() {
        return Operation.repeated("List, all", 1, ImagesGrpc.getListMethod(), ListImagesRequest.getDefaultInstance());
    }

    /** Returns lists with filters: those that an index serves, and those that read all images. */
    static List<Operation> filtered(int images) {
        return List.of(
                list("List, name==", images, (targets, i) -> "name==" + SyntheticImages.name(i)),
                byDigest(images),
                list("List, labels.team==", images, (targets, i) -> "labels.team==" + SyntheticImages.team(i)),
                list("List, name~=^prefix", images, (targets, i) -> namePrefixFilter(i)),
                list("List, target.digest~=^prefix", images, ListOperations::digestPrefixFilter),
                fixed("List, unanchored regexp", "name~=\"000123\""),
                fixed("List, labels.team!= and name~=", "labels.team!=team-1,name~=\"000123\""));
    }

    static Operation byDigest(int images) {
        return list(
                "List, target.digest==",
                images,
                (targets, i) -> "target.digest==" + SyntheticImages.digest(targets.content(i)));
    }

    private static String namePrefixFilter(int i) {
        return "name~=\"^" + SyntheticImages.namePrefix(i).replace(".", "\\\\.") + "\"";
    }

    private static String digestPrefixFilter(Targets targets, int i) {
        String digest = SyntheticImages.digest(targets.content(i));
        return "target.digest~=\"^" + digest.substring(0, DIGEST_PREFIX_CHARS) + "\"";
    }

    private static Operation list(String name, int images, Filter filter) {
        MethodDescriptor<byte[], byte[]> list = RawMethods.of(ImagesGrpc.getListMethod());
        Sampler sampler = Distribution.UNIFORM.over(images);
        return new Operation(name, 1, (targets, number) -> {
            String selected = filter.of(targets, sampler.draw(ThreadLocalRandom.current()));
            return new Call(list, request(selected).toByteArray(), true);
        });
    }

    private static Operation fixed(String name, String filter) {
        return Operation.repeated(name, 1, ImagesGrpc.getListMethod(), request(filter));
    }

    private static ListImagesRequest request(String filter) {
        return ListImagesRequest.newBuilder().addFilters(filter).build();
    }
}
