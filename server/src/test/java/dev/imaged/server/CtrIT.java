package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** containerd's own client, {@code ctr}, against the daemon. */
class CtrIT {
    private static final String ALPINE = "docker.io/library/alpine:3.20";
    private static final String BUSYBOX = "docker.io/library/busybox:latest";
    private static final String DIGEST = "sha256:" + "a".repeat(64);

    @TempDir
    Path folder;

    private DaemonProcess daemon;
    private RemoteImageStores stores;
    private ImageStore images;

    @BeforeEach
    void start() throws IOException {
        Peers.require("ctr");
        daemon = DaemonProcess.serve(folder);
        stores = RemoteImageStores.connect("unix://" + folder.resolve("s"));
        images = stores.namespace("demo");
        Descriptor target = new Descriptor("application/vnd.oci.image.index.v1+json", DIGEST, 7);
        images.create(new Image(ALPINE, Map.of("team", "base"), target));
        images.create(new Image(BUSYBOX, target));
        stores.namespace("other").create(new Image("elsewhere", target));
    }

    @AfterEach
    void stop() {
        if (daemon != null) {
            stores.close();
            daemon.close();
        }
    }

    private String ctr(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of("ctr", "-a", folder.resolve("s").toString(), "-n", "demo"));
        command.addAll(List.of(arguments));
        return Peers.run(command);
    }

    @Test
    void lsTellsNameTypeDigestAndLabels() throws IOException {
        List<String> lines = ctr("images", "ls").lines().toList();
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(lines.get(0).startsWith("REF"));
        assertTrue(lines.get(1)
                .matches(ALPINE + " +application/vnd.oci.image.index.v1\\+json +" + DIGEST + " .*team=base *"));
        assertTrue(lines.get(2).startsWith(BUSYBOX + " "));
    }

    @Test
    void quietLsTellsTheNamesOfItsNamespace() throws IOException {
        assertEquals(ALPINE + "\n" + BUSYBOX, ctr("images", "ls", "-q"));
    }

    @Test
    void lsTakesFilters() throws IOException {
        assertEquals(ALPINE, ctr("images", "ls", "-q", "name~=alpine"));
        assertEquals(ALPINE, ctr("images", "ls", "-q", "labels.team==base"));
        assertEquals(ALPINE + "\n" + BUSYBOX, ctr("images", "ls", "-q", "name~=alpine", "name==" + BUSYBOX));
        assertEquals("", ctr("images", "ls", "-q", "name==nothing"));
        AssertionError refused = assertThrows(AssertionError.class, () -> ctr("images", "ls", "name=="));
        assertTrue(refused.getMessage().contains("invalid argument"), refused.getMessage());
    }

    @Test
    void labelSetsAndRemoves() throws IOException {
        ctr("images", "label", ALPINE, "env=prod", "io.cri/x=a=b");
        assertEquals(
                Map.of("team", "base", "env", "prod", "io.cri/x", "a=b"),
                images.get(ALPINE).labels());
        ctr("images", "label", ALPINE, "env=", "team=");
        assertEquals(Map.of("io.cri/x", "a=b"), images.get(ALPINE).labels());
    }

    @Test
    void labelCanReplaceAll() throws IOException {
        ctr("images", "label", "--replace-all", ALPINE, "only=this");
        assertEquals(Map.of("only", "this"), images.get(ALPINE).labels());
        assertEquals(DIGEST, images.get(ALPINE).target().digest());
    }

    @Test
    void rmRemoves() throws IOException {
        ctr("images", "rm", ALPINE);
        assertEquals(List.of(BUSYBOX), images.list().stream().map(Image::name).toList());
        ctr("images", "rm", "--sync", BUSYBOX);
        assertEquals(List.of(), images.list());
        assertEquals(1, stores.namespace("other").list().size());
    }
}
