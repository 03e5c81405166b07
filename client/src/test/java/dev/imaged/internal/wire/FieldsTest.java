package dev.imaged.internal.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import dev.imaged.proto.content.v1.Info;
import dev.imaged.proto.images.v1.CreateImageResponse;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.Image;
import dev.imaged.proto.images.v1.ListImagesResponse;
import dev.imaged.proto.images.v1.UpdateImageResponse;
import dev.imaged.proto.types.Descriptor;
import dev.imaged.proto.v1.CheckResponse;
import dev.imaged.proto.v1.LoadResponse;
import dev.imaged.proto.v1.NamespacedImage;
import dev.imaged.proto.v1.StatsResponse;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No field of the API is lost on its way through the domain. A field that is new in the API fails a test here first. */
class FieldsTest {
    @Test
    void everyFieldOfAnImageComesBack() {
        Image image = TestMessages.full(Image.getDefaultInstance());

        assertEquals(image, ImageProtos.toProto(ImageProtos.fromProto(image)));
    }

    @Test
    void everyFieldOfARequestedImageComesBackButItsTimes() {
        Image image = TestMessages.full(Image.getDefaultInstance());
        Timestamp epoch = Timestamp.getDefaultInstance();

        assertEquals(
                image.toBuilder().setCreatedAt(epoch).setUpdatedAt(epoch).build(),
                ImageProtos.toProto(ImageProtos.fromRequest(image)));
    }

    @Test
    void everyFieldOfADescriptorComesBack() {
        Descriptor descriptor = TestMessages.full(Descriptor.getDefaultInstance());

        assertEquals(descriptor, ImageProtos.toProto(ImageProtos.fromProto(descriptor)));
    }

    @Test
    void everyFieldOfAMaskComesBack() {
        FieldMask mask = TestMessages.full(FieldMask.getDefaultInstance());

        assertEquals(mask, ImageProtos.toProto(ImageProtos.fromProto(mask)));
    }

    @Test
    void everyFieldOfATimeComesBack() {
        Timestamp time = TestMessages.full(Timestamp.getDefaultInstance());

        assertEquals(time, ImageProtos.toProto(ImageProtos.fromProto(time)));
    }

    @Test
    void everyFieldOfABlobsInfoComesBack() {
        Info info = TestMessages.full(Info.getDefaultInstance());

        assertEquals(info, ContentProtos.toProto(ContentProtos.fromProto(info)));
    }

    @Test
    void everyFieldOfTheReportsOnAStoreComesBack() {
        StatsResponse stats = TestMessages.full(StatsResponse.getDefaultInstance());
        CheckResponse check = TestMessages.full(CheckResponse.getDefaultInstance());
        LoadResponse load = TestMessages.full(LoadResponse.getDefaultInstance());
        NamespacedImage image = TestMessages.full(NamespacedImage.getDefaultInstance());

        assertEquals(stats, MaintenanceProtos.toProto(MaintenanceProtos.fromProto(stats)));
        assertEquals(check, MaintenanceProtos.toProto(MaintenanceProtos.fromProto(check)));
        assertEquals(load, MaintenanceProtos.toProto(MaintenanceProtos.fromProto(load)));
        assertEquals(image, MaintenanceProtos.toProto(MaintenanceProtos.fromProto(image)));
    }

    @Test
    void aResponseHasNothingBesidesItsImages() {
        Stream.of(
                        CreateImageResponse.getDefaultInstance(),
                        GetImageResponse.getDefaultInstance(),
                        UpdateImageResponse.getDefaultInstance())
                .forEach(response -> assertEquals(List.of("image"), fields(response)));
        assertEquals(List.of("images"), fields(ListImagesResponse.getDefaultInstance()));
    }

    private static List<String> fields(Message message) {
        return message.getDescriptorForType().getFields().stream()
                .map(FieldDescriptor::getName)
                .toList();
    }
}
