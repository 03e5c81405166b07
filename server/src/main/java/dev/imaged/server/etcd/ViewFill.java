package dev.imaged.server.etcd;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.proto.etcd.KVGrpc;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.proto.etcd.RangeRequest;
import dev.imaged.proto.etcd.RangeResponse;
import dev.imaged.server.store.kv.Database;
import dev.imaged.server.store.kv.StorageErrors;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.record.Meta.LeftOut;
import dev.imaged.server.store.write.StoreFill;
import dev.imaged.server.store.write.StoreFill.Filled;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fills a view with all images that etcd has at one revision, page by page. For one thread, which may wait and has a deep stack. */
final class ViewFill {
    private static final Logger log = LoggerFactory.getLogger(ViewFill.class);

    /** About how large a page should be: it is in memory several times. */
    private static final long PAGE_BYTES = 4L * 1024 * 1024;

    /** How large a page may be: larger than any image. */
    private static final int MAX_PAGE_BYTES = 24 * 1024 * 1024;

    private static final long FIRST_PAGE_KEYS = 1000;

    /** A page costs etcd a look at all keys that are left, so pages should be few. */
    private static final long MAX_PAGE_KEYS = 10_000;

    /** How long a member may take for a page at first. */
    static final Duration PAGE_TIME = Duration.ofSeconds(10);

    private static final long MAX_PAGE_MILLIS = 60_000;

    /** How long members are tried for a page, each after the other, and how long if they are only slow. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration PATIENCE_WITH_SLOW_ONES = Duration.ofMinutes(2);

    private static final long PAUSE_MILLIS = 100;

    private final EtcdClient client;
    private final EtcdKeys keys;
    private final UnreadableKeys unreadable;
    private final Database view;
    private final BooleanSupplier stopped;
    private long pageKeys = FIRST_PAGE_KEYS;
    private long pageMillis;

    /**
     * @param stopped whether to give up
     * @param pageTime how long a member may take for a page at first
     */
    ViewFill(
            EtcdClient client,
            EtcdKeys keys,
            UnreadableKeys unreadable,
            Database view,
            BooleanSupplier stopped,
            Duration pageTime) {
        this.client = client;
        this.keys = keys;
        this.unreadable = unreadable;
        this.view = view;
        this.stopped = stopped;
        this.pageMillis = pageTime.toMillis();
    }

    /**
     * Fills the view, and returns the revision of etcd up to which it has everything. When that is dropped meanwhile, it starts again.
     *
     * @throws dev.imaged.errors.ImageException.Unavailable when etcd does not answer, or the daemon stops
     */
    long run(ClusterState first) {
        ClusterState state = first;
        while (true) {
            try {
                fill(state);
                return state.revision();
            } catch (StatusRuntimeException e) {
                if (!EtcdErrors.isCompacted(e)) {
                    throw EtcdErrors.notDone(e);
                }
                log.info("etcd dropped revision {} before all images were read; they are read again", state.revision());
                state = ClusterState.read(client, keys);
            }
        }
    }

    private void fill(ClusterState state) {
        UUID life = state.requireLife();
        log.info("all images are read from etcd, as they are at revision {}", state.revision());
        unreadable.clear();
        StoreFill fill = new StoreFill(view, stopped);
        long count = 0;
        ByteString from = keys.images();
        boolean more = true;
        while (more) {
            RangeResponse page = page(from, state.revision());
            List<LeftOut> leftOut = new ArrayList<>();
            List<Filled> images = images(page, leftOut);
            fill.add(images);
            if (!leftOut.isEmpty()) {
                fill.leaveOut(leftOut);
            }
            count += images.size();
            more = page.getMore();
            if (more) {
                from = page.getKvs(page.getKvsCount() - 1).getKey().concat(ByteString.copyFrom(new byte[1]));
            }
        }
        fill.finish(
                life,
                state.lastCommit(),
                new Meta.Fill(state.revision(), state.mark().toByteArray()));
        log.info("{} images were read from etcd", count);
    }

    private List<Filled> images(RangeResponse page, List<LeftOut> leftOut) {
        List<Filled> images = new ArrayList<>(page.getKvsCount());
        for (KeyValue entry : page.getKvsList()) {
            try {
                images.add(new Filled(
                        keys.storeKey(entry.getKey()),
                        ImageEntry.image(keys, entry),
                        entry.getCreateRevision(),
                        entry.getModRevision()));
            } catch (DataLoss e) {
                LeftOut unread = UnreadableKeys.leftOut(entry, e);
                if (unreadable.add(unread)) {
                    leftOut.add(unread);
                }
            }
        }
        return images;
    }

    /**
     * Returns the next page. One that is too large is asked for with half as many keys; one that takes too long with half as many, and
     * twice the time, because a page costs etcd a look at all keys that are left.
     */
    private RangeResponse page(ByteString from, long revision) {
        long start = System.nanoTime();
        boolean isTokenRenewed = false;
        for (int attempt = 1; ; attempt++) {
            if (stopped.getAsBoolean()) {
                throw StorageErrors.unavailable(null);
            }
            EtcdMembers.Member member = client.members().current();
            try {
                RangeResponse page = range(member, from, revision);
                adapt(page);
                return page;
            } catch (StatusRuntimeException e) {
                Status status = e.getStatus();
                if (EtcdErrors.isTokenRefused(status) && !isTokenRenewed) {
                    isTokenRenewed = true; // the next call logs in again
                } else if (isTooLarge(status) && pageKeys > 1) {
                    pageKeys /= 2;
                } else if (isLate(start, status) || !(EtcdErrors.isOfMember(status) || EtcdErrors.isBusy(status))) {
                    throw e;
                } else {
                    if (status.getCode() == Code.DEADLINE_EXCEEDED) {
                        pageKeys = Math.max(1, pageKeys / 2);
                        pageMillis = Math.min(2 * pageMillis, MAX_PAGE_MILLIS);
                    }
                    next(member, status, attempt);
                }
            }
        }
    }

    private static boolean isTooLarge(Status status) {
        return status.getCode() == Code.RESOURCE_EXHAUSTED && !EtcdErrors.isBusy(status);
    }

    private RangeResponse range(EtcdMembers.Member member, ByteString from, long revision) {
        return KVGrpc.newBlockingStub(member.channel())
                .withDeadlineAfter(pageMillis, TimeUnit.MILLISECONDS)
                .withMaxInboundMessageSize(MAX_PAGE_BYTES)
                .range(RangeRequest.newBuilder()
                        .setKey(from)
                        .setRangeEnd(EtcdKeys.end(keys.images()))
                        .setLimit(pageKeys)
                        .setRevision(revision)
                        .build());
    }

    /** Has the next page be about as large as it should. */
    private void adapt(RangeResponse page) {
        long bytes = Math.max(1, page.getSerializedSize());
        long fitting = page.getKvsCount() * PAGE_BYTES / bytes;
        pageKeys = Math.max(1, Math.min(Math.min(MAX_PAGE_KEYS, 2 * pageKeys), fitting));
    }

    private static boolean isLate(long start, Status status) {
        Duration patience = status.getCode() == Code.DEADLINE_EXCEEDED ? PATIENCE_WITH_SLOW_ONES : PATIENCE;
        return System.nanoTime() - start > patience.toNanos();
    }

    /** Turns to the next member if this one failed, and waits once all were tried. */
    private void next(EtcdMembers.Member failed, Status reason, int attempt) {
        if (EtcdErrors.isOfMember(reason)) {
            client.members().leave(failed);
        }
        if (attempt % client.members().count() == 0) {
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw StorageErrors.unavailable(e);
            }
        }
    }
}
