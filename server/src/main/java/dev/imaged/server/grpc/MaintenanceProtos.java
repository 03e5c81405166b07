package dev.imaged.server.grpc;

import dev.imaged.errors.GoQuote;
import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.proto.v1.CheckResponse;
import dev.imaged.proto.v1.EntryCount;
import dev.imaged.proto.v1.LoadResponse;
import dev.imaged.proto.v1.StatsResponse;
import dev.imaged.server.engine.CheckReport;
import dev.imaged.server.engine.LoadReport;
import dev.imaged.server.engine.NamespacedImage;
import dev.imaged.server.engine.StoreStats;
import dev.imaged.wire.ImageProtos;
import java.time.DateTimeException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Both directions between what an operator sees of a store and its messages. */
final class MaintenanceProtos {
    private MaintenanceProtos() {}

    static StatsResponse toProto(StoreStats stats) {
        return StatsResponse.newBuilder()
                .setInstanceId(stats.instanceId())
                .setNamespaces(stats.namespaces())
                .setImages(stats.images())
                .setLastRevision(stats.lastRevision())
                .setOldestRevision(stats.oldestRevision())
                .setDiskBytes(stats.diskBytes())
                .setLiveBytes(stats.liveBytes())
                .build();
    }

    static StoreStats fromProto(StatsResponse proto) {
        return new StoreStats(
                proto.getInstanceId(),
                proto.getNamespaces(),
                proto.getImages(),
                proto.getLastRevision(),
                proto.getOldestRevision(),
                proto.getDiskBytes(),
                proto.getLiveBytes());
    }

    static CheckResponse toProto(CheckReport report) {
        CheckResponse.Builder builder =
                CheckResponse.newBuilder().addAllProblems(report.problems()).setProblemCount(report.problemCount());
        report.entries()
                .forEach((kind, count) ->
                        builder.addEntries(EntryCount.newBuilder().setKind(kind).setCount(count)));
        return builder.build();
    }

    static CheckReport fromProto(CheckResponse proto) {
        Map<String, Long> entries = new LinkedHashMap<>();
        proto.getEntriesList().forEach(entry -> entries.put(entry.getKind(), entry.getCount()));
        return new CheckReport(entries, proto.getProblemsList(), proto.getProblemCount());
    }

    static LoadResponse toProto(LoadReport report) {
        return LoadResponse.newBuilder()
                .setCreated(report.created())
                .setReplaced(report.replaced())
                .setUnchanged(report.unchanged())
                .build();
    }

    static LoadReport fromProto(LoadResponse proto) {
        return new LoadReport(proto.getCreated(), proto.getReplaced(), proto.getUnchanged());
    }

    static dev.imaged.proto.v1.NamespacedImage toProto(NamespacedImage image) {
        return dev.imaged.proto.v1.NamespacedImage.newBuilder()
                .setNamespace(image.namespace())
                .setImage(ImageProtos.toProto(image.image()))
                .build();
    }

    /** @throws ImageException.InvalidArgument when one of its times cannot be represented */
    static NamespacedImage fromProto(dev.imaged.proto.v1.NamespacedImage proto) {
        var image = proto.getImage();
        try {
            return new NamespacedImage(
                    proto.getNamespace(),
                    new Image(
                            image.getName(),
                            image.getLabelsMap(),
                            ImageProtos.fromProto(image.getTarget()),
                            ImageProtos.fromProto(image.getCreatedAt()),
                            ImageProtos.fromProto(image.getUpdatedAt())));
        } catch (DateTimeException e) {
            throw new ImageException.InvalidArgument("image " + GoQuote.quote(image.getName())
                    + ": created_at and updated_at must be times that can be represented: " + e.getMessage());
        }
    }
}
