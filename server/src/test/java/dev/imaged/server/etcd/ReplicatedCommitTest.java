package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.imaged.images.Image;
import dev.imaged.images.TestClock;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.oci.Descriptor;
import dev.imaged.proto.etcd.Event;
import dev.imaged.proto.etcd.Event.EventType;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.server.store.TestStores;
import dev.imaged.server.store.kv.MemoryDatabase;
import dev.imaged.server.store.record.Meta;
import dev.imaged.server.store.write.Committer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of a view that is told again what it has. */
class ReplicatedCommitTest {
    private static final Image IMAGE = new Image("a", new Descriptor("m", "sha256:" + "a".repeat(64), 1));

    private final EtcdKeys keys = new EtcdKeys("/p/");
    private final MemoryDatabase database = new MemoryDatabase(TestStores.CONTENTS);
    private final UnreadableKeys unreadable = new UnreadableKeys();
    private Committer committer;

    @BeforeEach
    void start() {
        committer = TestStores.committer(database, new TestClock(), TestStores.RETENTION, TestStores.LIMITS);
        committer.start();
    }

    @AfterEach
    void stop() {
        committer.close();
    }

    private ReplicatedCommit put(long revision, ByteString value) {
        Event event = Event.newBuilder()
                .setType(EventType.PUT)
                .setKv(KeyValue.newBuilder()
                        .setKey(keys.images().concat(ByteString.copyFromUtf8("ns\0a")))
                        .setValue(value)
                        .setModRevision(revision))
                .build();
        return ReplicatedCommit.of(keys, revision, List.of(event), unreadable).orElseThrow();
    }

    /** Has the view take a commit, and returns how many keys it leaves out then. */
    private int leftOutAfter(ReplicatedCommit commit) {
        committer.replicate(1, commit).join();
        return database.read(Meta::leftOut).size();
    }

    @Test
    void aKeyThatHoldsAnImageAgainIsNotLeftOutThoughTheViewIsToldOfBeforeAgain() {
        ReplicatedCommit leftOut = put(10, ByteString.copyFromUtf8("not an image"));
        ReplicatedCommit takenIn = put(12, ImageProtos.toProto(IMAGE).toByteString());

        assertEquals(1, leftOutAfter(leftOut));
        assertEquals(1, leftOutAfter(leftOut));
        assertEquals(0, leftOutAfter(takenIn));
        assertEquals(0, leftOutAfter(leftOut));
        assertEquals(0, leftOutAfter(takenIn));
        assertEquals(1, TestStores.images(database).size());
        assertEquals(List.of(), TestStores.problems(database));
    }
}
