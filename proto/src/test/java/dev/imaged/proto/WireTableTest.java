package dev.imaged.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.imaged.proto.content.v1.Info;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.namespaces.v1.Namespace;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What was generated from our .proto files, held against a table of containerd's public API that was typed by hand. */
class WireTableTest {
    private static final FileDescriptor IMAGES = Image.getDescriptor().getFile();
    private static final FileDescriptor CONTENT = Info.getDescriptor().getFile();
    private static final FileDescriptor NAMESPACES = Namespace.getDescriptor().getFile();
    private static final FileDescriptor DESCRIPTOR =
            dev.imaged.proto.types.Descriptor.getDescriptor().getFile();

    @Test
    void theFilesAreImportedByThesePaths() {
        assertEquals("services/images/v1/images.proto", IMAGES.getFullName());
        assertEquals("services/content/v1/content.proto", CONTENT.getFullName());
        assertEquals("containerd.services.content.v1", CONTENT.getPackage());
        assertEquals("types/descriptor.proto", DESCRIPTOR.getFullName());
        assertEquals("containerd.services.images.v1", IMAGES.getPackage());
        assertEquals("containerd.types", DESCRIPTOR.getPackage());
        assertEquals(
                List.of(
                        "google/protobuf/empty.proto",
                        "google/protobuf/field_mask.proto",
                        "google/protobuf/timestamp.proto",
                        "types/descriptor.proto"),
                IMAGES.getDependencies().stream()
                        .map(FileDescriptor::getFullName)
                        .sorted()
                        .toList());
    }

    @Test
    void allFilesAreProto3() {
        assertEquals("proto3", CONTENT.toProto().getSyntax());
        assertEquals("proto3", IMAGES.toProto().getSyntax());
        assertEquals("proto3", DESCRIPTOR.toProto().getSyntax());
    }

    @Test
    void theImagesServiceHasTheseUnaryMethods() {
        assertEquals(1, IMAGES.getServices().size());
        assertEquals("""
                containerd.services.images.v1.Images
                Create: containerd.services.images.v1.CreateImageRequest -> containerd.services.images.v1.CreateImageResponse
                Delete: containerd.services.images.v1.DeleteImageRequest -> google.protobuf.Empty
                Get: containerd.services.images.v1.GetImageRequest -> containerd.services.images.v1.GetImageResponse
                List: containerd.services.images.v1.ListImagesRequest -> containerd.services.images.v1.ListImagesResponse
                Update: containerd.services.images.v1.UpdateImageRequest -> containerd.services.images.v1.UpdateImageResponse
                """, table(IMAGES.getServices().get(0)));
    }

    @Test
    void theNamespacesServiceListsThem() {
        assertEquals("services/namespaces/v1/namespace.proto", NAMESPACES.getFullName());
        assertEquals("""
                containerd.services.namespaces.v1.Namespaces
                List: containerd.services.namespaces.v1.ListNamespacesRequest -> containerd.services.namespaces.v1.ListNamespacesResponse
                """, table(NAMESPACES.getServices().get(0)));
        assertEquals("""
                containerd.services.namespaces.v1.ListNamespacesRequest
                  1 filter: string
                containerd.services.namespaces.v1.ListNamespacesResponse
                  1 namespaces: repeated containerd.services.namespaces.v1.Namespace
                containerd.services.namespaces.v1.Namespace
                  1 name: string
                  2 labels: map<string, string>
                """, table(NAMESPACES));
    }

    @Test
    void theImagesFileHasTheseMessages() {
        assertEquals("""
                containerd.services.images.v1.CreateImageRequest
                  1 image: containerd.services.images.v1.Image
                  2 source_date_epoch: google.protobuf.Timestamp
                containerd.services.images.v1.CreateImageResponse
                  1 image: containerd.services.images.v1.Image
                containerd.services.images.v1.DeleteImageRequest
                  1 name: string
                  2 sync: bool
                  3 target: proto3 optional containerd.types.Descriptor
                containerd.services.images.v1.GetImageRequest
                  1 name: string
                containerd.services.images.v1.GetImageResponse
                  1 image: containerd.services.images.v1.Image
                containerd.services.images.v1.Image
                  1 name: string
                  2 labels: map<string, string>
                  3 target: containerd.types.Descriptor
                  7 created_at: google.protobuf.Timestamp
                  8 updated_at: google.protobuf.Timestamp
                containerd.services.images.v1.ListImagesRequest
                  1 filters: repeated string
                containerd.services.images.v1.ListImagesResponse
                  1 images: repeated containerd.services.images.v1.Image
                containerd.services.images.v1.UpdateImageRequest
                  1 image: containerd.services.images.v1.Image
                  2 update_mask: google.protobuf.FieldMask
                  3 source_date_epoch: google.protobuf.Timestamp
                containerd.services.images.v1.UpdateImageResponse
                  1 image: containerd.services.images.v1.Image
                """, table(IMAGES));
    }

    @Test
    void theContentServiceHasTheseMethods() {
        assertEquals(1, CONTENT.getServices().size());
        assertEquals("""
                containerd.services.content.v1.Content
                Abort: containerd.services.content.v1.AbortRequest -> google.protobuf.Empty
                Delete: containerd.services.content.v1.DeleteContentRequest -> google.protobuf.Empty
                Info: containerd.services.content.v1.InfoRequest -> containerd.services.content.v1.InfoResponse
                List: containerd.services.content.v1.ListContentRequest -> stream containerd.services.content.v1.ListContentResponse
                ListStatuses: containerd.services.content.v1.ListStatusesRequest -> containerd.services.content.v1.ListStatusesResponse
                Read: containerd.services.content.v1.ReadContentRequest -> stream containerd.services.content.v1.ReadContentResponse
                Status: containerd.services.content.v1.StatusRequest -> containerd.services.content.v1.StatusResponse
                Update: containerd.services.content.v1.UpdateRequest -> containerd.services.content.v1.UpdateResponse
                Write: stream containerd.services.content.v1.WriteContentRequest -> stream containerd.services.content.v1.WriteContentResponse
                """, table(CONTENT.getServices().get(0)));
    }

    @Test
    void theContentFileHasTheseMessages() {
        assertEquals("""
                containerd.services.content.v1.AbortRequest
                  1 ref: string
                containerd.services.content.v1.DeleteContentRequest
                  1 digest: string
                containerd.services.content.v1.Info
                  1 digest: string
                  2 size: int64
                  3 created_at: google.protobuf.Timestamp
                  4 updated_at: google.protobuf.Timestamp
                  5 labels: map<string, string>
                containerd.services.content.v1.InfoRequest
                  1 digest: string
                containerd.services.content.v1.InfoResponse
                  1 info: containerd.services.content.v1.Info
                containerd.services.content.v1.ListContentRequest
                  1 filters: repeated string
                containerd.services.content.v1.ListContentResponse
                  1 info: repeated containerd.services.content.v1.Info
                containerd.services.content.v1.ListStatusesRequest
                  1 filters: repeated string
                containerd.services.content.v1.ListStatusesResponse
                  1 statuses: repeated containerd.services.content.v1.Status
                containerd.services.content.v1.ReadContentRequest
                  1 digest: string
                  2 offset: int64
                  3 size: int64
                containerd.services.content.v1.ReadContentResponse
                  1 offset: int64
                  2 data: bytes
                containerd.services.content.v1.Status
                  1 started_at: google.protobuf.Timestamp
                  2 updated_at: google.protobuf.Timestamp
                  3 ref: string
                  4 offset: int64
                  5 total: int64
                  6 expected: string
                containerd.services.content.v1.StatusRequest
                  1 ref: string
                containerd.services.content.v1.StatusResponse
                  1 status: containerd.services.content.v1.Status
                containerd.services.content.v1.UpdateRequest
                  1 info: containerd.services.content.v1.Info
                  2 update_mask: google.protobuf.FieldMask
                containerd.services.content.v1.UpdateResponse
                  1 info: containerd.services.content.v1.Info
                containerd.services.content.v1.WriteContentRequest
                  1 action: containerd.services.content.v1.WriteAction
                  2 ref: string
                  3 total: int64
                  4 expected: string
                  5 offset: int64
                  6 data: bytes
                  7 labels: map<string, string>
                containerd.services.content.v1.WriteContentResponse
                  1 action: containerd.services.content.v1.WriteAction
                  2 started_at: google.protobuf.Timestamp
                  3 updated_at: google.protobuf.Timestamp
                  4 offset: int64
                  5 total: int64
                  6 digest: string
                """, table(CONTENT));
        assertEquals(
                "[STAT=0, WRITE=1, COMMIT=2]",
                CONTENT.findEnumTypeByName("WriteAction").getValues().stream()
                        .map(value -> value.getName() + "=" + value.getNumber())
                        .toList()
                        .toString());
    }

    @Test
    void theDescriptorFileHasThisMessage() {
        assertEquals("""
                containerd.types.Descriptor
                  1 media_type: string
                  2 digest: string
                  3 size: int64
                  5 annotations: map<string, string>
                """, table(DESCRIPTOR));
    }

    private static String table(ServiceDescriptor service) {
        TreeSet<String> lines = new TreeSet<>();
        for (MethodDescriptor method : service.getMethods()) {
            lines.add(method.getName() + ": " + (method.isClientStreaming() ? "stream " : "")
                    + method.getInputType().getFullName() + " -> " + (method.isServerStreaming() ? "stream " : "")
                    + method.getOutputType().getFullName() + "\n");
        }
        return service.getFullName() + "\n" + String.join("", lines);
    }

    private static String table(FileDescriptor file) {
        return file.getMessageTypes().stream()
                .map(WireTableTest::table)
                .sorted()
                .collect(Collectors.joining());
    }

    private static String table(Descriptor message) {
        StringBuilder lines = new StringBuilder(message.getFullName()).append('\n');
        for (FieldDescriptor field : message.getFields()) {
            lines.append("  " + field.getNumber() + " " + field.getName() + ": " + label(field) + type(field) + "\n");
        }
        return lines.toString();
    }

    private static String label(FieldDescriptor field) {
        if (field.isRequired()) {
            return "required ";
        }
        if (field.isRepeated() && !field.isMapField()) {
            return "repeated ";
        }
        return field.toProto().getProto3Optional() ? "proto3 optional " : "";
    }

    private static String type(FieldDescriptor field) {
        if (field.isMapField()) {
            Descriptor entry = field.getMessageType();
            return "map<" + type(entry.findFieldByNumber(1)) + ", " + type(entry.findFieldByNumber(2)) + ">";
        }
        return switch (field.getType()) {
            case MESSAGE -> field.getMessageType().getFullName();
            case ENUM -> field.getEnumType().getFullName();
            default -> field.getType().name().toLowerCase(Locale.ROOT);
        };
    }
}
