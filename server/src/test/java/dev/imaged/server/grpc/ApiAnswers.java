package dev.imaged.server.grpc;

import static dev.imaged.server.TestDaemon.KEPT;
import static dev.imaged.server.TestDaemon.image;

import com.google.protobuf.FieldMask;
import com.google.protobuf.MessageLite;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.proto.images.v1.CreateImageRequest;
import dev.imaged.proto.images.v1.DeleteImageRequest;
import dev.imaged.proto.images.v1.GetImageRequest;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.proto.images.v1.UpdateImageRequest;
import dev.imaged.proto.types.Descriptor;
import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls that change nothing where an image {@code kept} is in the namespace, and their answers, code and message. */
public final class ApiAnswers {
    private static final Descriptor GOOD = image(KEPT).getTarget();
    private static final String INVALID = ": invalid argument";
    private static final String HEX = "a".repeat(64);

    private final List<Row> rows = new ArrayList<>();

    /**
     * A call and its answer.
     *
     * @param namespace null without a header
     * @param message that of the newest containerd, to the letter; of a code that differs from containerd's, ours
     * @param otherIn16 the code of containerd 1.6 where it is another, by a decision of ours or of later versions
     */
    public record Row(
            String method,
            @Nullable String namespace,
            byte[] request,
            String name,
            Code code,
            String message,
            @Nullable Code otherIn16) {
        @Override
        public String toString() {
            return method + ", " + name;
        }
    }

    private ApiAnswers() {}

    /** Returns the rows for a namespace that holds the image. */
    public static List<Row> in(String namespace) {
        ApiAnswers answers = new ApiAnswers();
        answers.namespaces();
        answers.creates(namespace);
        answers.updates(namespace);
        answers.reads(namespace);
        answers.filters(namespace);
        return answers.rows;
    }

    private void add(
            String method, @Nullable String namespace, MessageLite request, String name, Code code, String message) {
        rows.add(new Row(method, namespace, request.toByteArray(), name, code, message, null));
    }

    /** The last row has another code in containerd 1.6. */
    private void butIn16(Code code) {
        Row row = rows.remove(rows.size() - 1);
        rows.add(new Row(row.method, row.namespace, row.request, row.name, row.code, row.message, code));
    }

    private void namespaces() {
        Map<String, MessageLite> calls = Map.of(
                "Create", create(image("x")),
                "Update", update(image("x")),
                "Delete", DeleteImageRequest.newBuilder().setName("x").build(),
                "Get", GetImageRequest.newBuilder().setName("x").build(),
                "List", ListImagesRequest.newBuilder().addFilters("=").build());
        String pattern = "^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$";
        String tooLong = "a".repeat(77);
        calls.forEach((method, request) -> {
            String required = "namespace is required: failed precondition";
            add(method, null, request, "no namespace", Code.FAILED_PRECONDITION, required);
            add(method, "", request, "empty namespace", Code.FAILED_PRECONDITION, required);
            for (String bad : List.of("a..b", "a b", ".", "-a", "a/b", "a@b")) {
                String message = "namespace validation: identifier \"" + bad + "\" must match " + pattern + INVALID;
                add(method, bad, request, "namespace " + bad, Code.INVALID_ARGUMENT, message);
            }
            String message = "namespace validation: identifier \"" + tooLong
                    + "\" greater than maximum length (76 characters)" + INVALID;
            add(method, tooLong, request, "long namespace", Code.INVALID_ARGUMENT, message);
        });
    }

    private void creates(String namespace) {
        invalid("Create", null, create(Image.getDefaultInstance()), "no name, no namespace", "Image.Name required");
        invalid("Create", namespace, CreateImageRequest.getDefaultInstance(), "no image", "Image.Name required");
        add(
                "Create",
                namespace,
                create(image(KEPT)),
                "name that exists",
                Code.ALREADY_EXISTS,
                "image \"kept\": already exists");
        targets(
                "Create",
                namespace,
                target -> create(image("x").toBuilder().setTarget(target).build()));
        Image noTarget = Image.newBuilder().setName("x").build();
        invalid("Create", namespace, create(noTarget), "no target", digestError("", "invalid checksum digest format"));
        labels(
                "Create",
                namespace,
                labels -> create(image("x").toBuilder().putAllLabels(labels).build()));
    }

    private void updates(String namespace) {
        invalid("Update", namespace, UpdateImageRequest.getDefaultInstance(), "no image", "Image.Name required");
        for (String mask : List.of("", "labels", "bad")) {
            add(
                    "Update",
                    namespace,
                    update(image("a\"\n%b"), paths(mask)),
                    "missing image, mask " + mask,
                    Code.NOT_FOUND,
                    "image \"a\\\"\\n%b\": not found");
        }
        for (String path : List.of("name", "target.digest", "created_at", "*", "Labels.x", "labels,target", "é")) {
            String message = "cannot update \"" + path + "\" field on image \"kept\"" + INVALID;
            invalid("Update", namespace, update(image(KEPT), "labels", path, "also bad"), "path " + path, message);
        }
        targets(
                "Update",
                namespace,
                target -> update(image(KEPT).toBuilder().setTarget(target).build()));
        labels(
                "Update",
                namespace,
                labels -> update(image(KEPT).toBuilder().putAllLabels(labels).build()));
        Image noTarget = Image.newBuilder().setName(KEPT).build();
        for (String mask : List.of("", "target", "target annotations")) {
            String message = digestError("", "invalid checksum digest format");
            invalid("Update", namespace, update(noTarget, paths(mask)), "no target, mask " + mask, message);
        }
        String message =
                "image.Labels: label key and value length (4097 bytes) greater than maximum size (4096 bytes), key: "
                        + "k".repeat(64) + INVALID;
        invalid(
                "Update",
                namespace,
                update(image(KEPT), "labels." + "k".repeat(4097)),
                "long label to delete",
                message);
    }

    private interface ToRequest<T> {
        MessageLite of(T value);
    }

    private void targets(String method, String namespace, ToRequest<Descriptor> request) {
        Map<String, String> digests = Map.ofEntries(
                Map.entry("", "invalid checksum digest format"),
                Map.entry("junk", "invalid checksum digest format"),
                Map.entry("sha256:", "invalid checksum digest format"),
                Map.entry(":" + HEX, "invalid checksum digest format"),
                Map.entry("SHA256:" + HEX, "invalid checksum digest format"),
                Map.entry("sha256:" + "A".repeat(64), "invalid checksum digest format"),
                Map.entry("sha256:" + "a".repeat(63), "invalid checksum digest length"),
                Map.entry("sha256:" + HEX + " ", "invalid checksum digest length"),
                Map.entry("sha512:" + HEX, "invalid checksum digest length"),
                Map.entry("md5:" + "a".repeat(32), "unsupported digest algorithm"),
                Map.entry("sha512-256:" + HEX, "unsupported digest algorithm"));
        digests.forEach((digest, rule) -> {
            MessageLite message = request.of(GOOD.toBuilder().setDigest(digest).build());
            invalid(method, namespace, message, "digest " + digest, digestError(digest, rule));
        });
        for (long size : new long[] {0, -1, Long.MIN_VALUE}) {
            MessageLite message = request.of(GOOD.toBuilder().setSize(size).build());
            invalid(method, namespace, message, "size " + size, "target.Size must be greater than zero" + INVALID);
        }
        MessageLite noType = request.of(GOOD.toBuilder().clearMediaType().build());
        invalid(method, namespace, noType, "no media type", "target.MediaType must be set" + INVALID);
        MessageLite noKey = request.of(GOOD.toBuilder().putAnnotations("", "v").build());
        String message = "target.Annotations: annotation \"\"=\"v\": key required" + INVALID;
        invalid(method, namespace, noKey, "annotation without key", message);
        butIn16(Code.UNKNOWN);
    }

    private void labels(String method, String namespace, ToRequest<Map<String, String>> request) {
        String tooLong =
                "image.Labels: label key and value length (4097 bytes) greater than maximum size (4096 bytes), key: ";
        invalid(
                method,
                namespace,
                request.of(Map.of("k".repeat(4097), "")),
                "long key of a label",
                tooLong + "k".repeat(64) + INVALID);
        invalid(
                method,
                namespace,
                request.of(Map.of("key", "é".repeat(2047))),
                "long value of a label",
                tooLong + "key" + INVALID);
        String noKey = "image.Labels: label \"\"=\"v\": key required" + INVALID;
        invalid(method, namespace, request.of(Map.of("", "v")), "label without key", noKey);
        butIn16(Code.UNKNOWN);
    }

    private void reads(String namespace) {
        for (String name : List.of("a", "", "é\0", "50%")) {
            String message = "image " + GoQuote.quote(name) + ": not found";
            GetImageRequest get = GetImageRequest.newBuilder().setName(name).build();
            add("Get", namespace, get, "missing " + name, Code.NOT_FOUND, message);
            DeleteImageRequest delete = DeleteImageRequest.newBuilder()
                    .setName(name)
                    .setTarget(GOOD)
                    .build();
            add("Delete", namespace, delete, "missing " + name, Code.NOT_FOUND, message);
        }
    }

    private void filters(String namespace) {
        Map<String, String> errors = Map.of(
                "name==", "[name==]: expected value or quoted",
                "name==,x", "[name== >|,|< x]: expected value or quoted",
                "name=x", "[name >|=|< x]: unsupported operator \"=\"",
                "labels.a-b==x", "[labels.a >|-|< b==x]: expected an operator (\"==\"|\"!=\"|\"~=\")",
                "name==x ", "[name==x >| |< ]: unexpected input:  ",
                "name==|a|", "[name== >|||< a|]: invalid quote encountered");
        errors.forEach((filter, error) -> {
            ListImagesRequest list = ListImagesRequest.newBuilder()
                    .addFilters("name==kept")
                    .addFilters(filter)
                    .build();
            String message = "filters: parse error: " + error + INVALID + INVALID;
            invalid("List", namespace, list, "filter " + filter, message);
        });
    }

    private void invalid(String method, @Nullable String namespace, MessageLite request, String name, String message) {
        add(method, namespace, request, name, Code.INVALID_ARGUMENT, message);
    }

    private static String digestError(String digest, String rule) {
        return "target.Digest \"" + digest + "\" invalid: " + rule + INVALID;
    }

    private static String[] paths(String mask) {
        return mask.isEmpty() ? new String[0] : mask.split(" ", -1);
    }

    private static CreateImageRequest create(Image image) {
        return CreateImageRequest.newBuilder().setImage(image).build();
    }

    private static UpdateImageRequest update(Image image, String... paths) {
        return UpdateImageRequest.newBuilder()
                .setImage(image)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(List.of(paths)))
                .build();
    }
}
