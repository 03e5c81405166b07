package dev.imaged.internal.wire;

import dev.imaged.errors.ImageException;
import dev.imaged.images.Image;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.maintenance.CheckReport;
import dev.imaged.maintenance.Following;
import dev.imaged.maintenance.LoadReport;
import dev.imaged.maintenance.NamespacedImage;
import dev.imaged.maintenance.StoreStats;
import dev.imaged.proto.v1.CheckResponse;
import dev.imaged.proto.v1.EntryCount;
import dev.imaged.proto.v1.LoadResponse;
import dev.imaged.proto.v1.StatsResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Both directions between the reports on a store and their messages. */
public final class MaintenanceProtos {
    private MaintenanceProtos() {}

    public static StatsResponse toProto(StoreStats stats) {
        StatsResponse.Builder builder = StatsResponse.newBuilder()
                .setInstanceId(stats.instanceId())
                .setNamespaces(stats.namespaces())
                .setImages(stats.images())
                .setLastRevision(stats.lastRevision())
                .setOldestRevision(stats.oldestRevision())
                .setDiskBytes(stats.diskBytes())
                .setLiveBytes(stats.liveBytes());
        Following following = stats.following();
        if (following != null) {
            builder.setFollowing(dev.imaged.proto.v1.Following.newBuilder()
                    .setRevisionsBehind(following.revisionsBehind())
                    .setMillisBehind(following.behind().toMillis())
                    .setUnreadableKeys(following.unreadableKeys()));
        }
        return builder.build();
    }

    public static StoreStats fromProto(StatsResponse proto) {
        return new StoreStats(
                proto.getInstanceId(),
                proto.getNamespaces(),
                proto.getImages(),
                proto.getLastRevision(),
                proto.getOldestRevision(),
                proto.getDiskBytes(),
                proto.getLiveBytes(),
                proto.hasFollowing() ? fromProto(proto.getFollowing()) : null);
    }

    private static Following fromProto(dev.imaged.proto.v1.Following proto) {
        return new Following(
                proto.getRevisionsBehind(), Duration.ofMillis(proto.getMillisBehind()), proto.getUnreadableKeys());
    }

    public static CheckResponse toProto(CheckReport report) {
        CheckResponse.Builder builder =
                CheckResponse.newBuilder().addAllProblems(report.problems()).setProblemCount(report.problemCount());
        report.entries()
                .forEach((kind, count) ->
                        builder.addEntries(EntryCount.newBuilder().setKind(kind).setCount(count)));
        return builder.build();
    }

    public static CheckReport fromProto(CheckResponse proto) {
        Map<String, Long> entries = new LinkedHashMap<>();
        proto.getEntriesList().forEach(entry -> entries.put(entry.getKind(), entry.getCount()));
        return new CheckReport(entries, proto.getProblemsList(), proto.getProblemCount());
    }

    public static LoadResponse toProto(LoadReport report) {
        return LoadResponse.newBuilder()
                .setCreated(report.created())
                .setReplaced(report.replaced())
                .setUnchanged(report.unchanged())
                .build();
    }

    public static LoadReport fromProto(LoadResponse proto) {
        return new LoadReport(proto.getCreated(), proto.getReplaced(), proto.getUnchanged());
    }

    public static dev.imaged.proto.v1.NamespacedImage toProto(NamespacedImage image) {
        return dev.imaged.proto.v1.NamespacedImage.newBuilder()
                .setNamespace(image.namespace())
                .setImage(ImageProtos.toProto(image.image()))
                .build();
    }

    /**
     * Returns the image of a message.
     *
     * @throws ImageException.InvalidArgument when one of its times cannot be represented
     */
    public static NamespacedImage fromProto(dev.imaged.proto.v1.NamespacedImage proto) {
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
