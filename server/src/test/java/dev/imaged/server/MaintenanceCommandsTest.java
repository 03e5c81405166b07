package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.oci.Descriptor;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.remote.RemoteMaintenance;
import dev.imaged.server.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands on a whole store, over a daemon that serves and over folders at rest. */
class MaintenanceCommandsTest {
    private static final Descriptor TARGET =
            new Descriptor("m", "sha256:" + "a".repeat(64), Long.MAX_VALUE, Map.of("ä\n", "\0\"\\"));

    @TempDir
    Path folder;

    private Serving daemon;
    private RemoteImageStores stores;
    private StringWriter out;
    private StringWriter err;

    @BeforeEach
    void start() {
        daemon = serve("data");
        stores = daemon.stores();
        ImageStore store = stores.namespace("ns-1");
        for (String name : List.of("plain", "a\0b\nc\r\"\\", "ünïcode 𝄞 \uFEFF", "\u2028", "{}")) {
            store.create(new Image(name, Map.of("k\t\0", "v ö", "l", "w"), TARGET));
        }
        store.update(new Image("plain", TARGET), UpdateMask.label("l"));
        WriteOptions ancient = WriteOptions.atEpoch(Instant.parse("-0100-01-01T00:00:00.000000001Z"));
        stores.namespace("other").create(new Image("old", TARGET), ancient);
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    /** A daemon, and a client of it. */
    private record Serving(ImageServer server, RemoteImageStores stores) implements AutoCloseable {
        String address() {
            return server.addresses().get(0).toString();
        }

        @Override
        public void close() {
            stores.close();
            server.close();
        }
    }

    private Serving serve(String data) {
        String address = "unix://" + folder.resolve(data + ".sock");
        ServerConfig config = TestDaemon.config(folder.resolve(data), "--listen", address + ",127.0.0.1:0");
        return new Serving(ImageServer.start(config, Clock.systemUTC()), RemoteImageStores.connect(address));
    }

    private int run(Object... arguments) {
        out = new StringWriter();
        err = new StringWriter();
        CommandLine command = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(List.of(arguments).stream().map(Object::toString).toArray(String[]::new));
    }

    private void succeed(Object... arguments) {
        assertEquals(0, run(arguments), () -> out + "" + err);
    }

    private void fail(String message, Object... arguments) {
        assertEquals(1, run(arguments), () -> out + "" + err);
        assertEquals("imaged: " + message + "\n", err.toString());
    }

    @Test
    void aDumpThatIsLoadedElsewhereIsTheSameDump() throws IOException {
        Path dump = folder.resolve("dump.jsonl");
        Path again = folder.resolve("again.jsonl");
        succeed("dump", "--address", daemon.address(), dump);
        try (Serving other = serve("other")) {
            succeed("load", "--address", other.address(), dump);
            assertEquals("CREATED  REPLACED  UNCHANGED\n6        0         0\n", out.toString());
            succeed("dump", "--address", other.address(), again);
            assertEquals(Files.readString(dump), Files.readString(again));
            assertEquals(6, Files.readAllLines(dump).size());
            succeed("load", "--address", other.address(), dump, "-o", "json");
            assertTrue(out.toString().contains("\"unchanged\" : 6"), out::toString);
            succeed("check", "--address", other.address());
        }
        succeed("dump", "--force", "--data", folder.resolve("other"), again);
        assertEquals(Files.readString(dump), Files.readString(again));
        try (Serving fresh = serve("with space")) {
            succeed("load", "--address", fresh.address(), dump);
            assertEquals(
                    stores.namespace("ns-1").list(),
                    fresh.stores().namespace("ns-1").list());
        }
    }

    @Test
    void aNameWithAnotherImageIsReplacedOnlyWhenToldTo() throws IOException {
        Path dump = folder.resolve("dump.jsonl");
        succeed("dump", "--address", daemon.address(), dump);
        Image before = stores.namespace("ns-1").get("plain");
        stores.namespace("ns-1").update(new Image("plain", Map.of("x", "y"), TARGET), UpdateMask.all());
        fail(
                "image \"plain\" in namespace ns-1, which differs from the one to load: already exists",
                "load",
                "--address",
                daemon.address(),
                dump);
        succeed("load", "--replace", "--address", daemon.address(), dump);
        assertEquals("CREATED  REPLACED  UNCHANGED\n0        1         5\n", out.toString());
        assertEquals(before, stores.namespace("ns-1").get("plain"));
    }

    @Test
    void aLineThatIsNoImageIsNamed() throws IOException {
        Path lines = folder.resolve("lines");
        Files.writeString(lines, "\n{\"namespace\":\"ns\",\"name\":\"a\",\"taget\":{}}\n");
        fail(
                "line 2: field \"taget\" is not one of an image: invalid argument",
                "load",
                "--address",
                daemon.address(),
                lines);
        Files.writeString(lines, "{\"namespace\":\"ns\",\"name\":\"a\"}");
        fail(
                "line 1: the image has no field [createdAt, target, updatedAt]: invalid argument",
                "load",
                "--address",
                daemon.address(),
                lines);
    }

    @Test
    void aNameThatIsNotUnicodeIsRefusedAndNothingIsStored() throws IOException {
        Path dump = folder.resolve("dump.jsonl");
        succeed("dump", "--address", daemon.address(), dump);
        Files.writeString(dump, Files.readString(dump).replace("\"plain\"", "\"\\ud800\""));
        String error = "line 2: name \"\\ud800\" is not Unicode text: unpaired surrogate at index 0: invalid argument";
        try (Serving other = serve("other")) {
            fail(error, "load", dump, "--address", other.address());
        }
        fail(error, "load", dump, "--data", folder.resolve("other"));
        succeed("dump", "--force", "--data", folder.resolve("other"), dump);
        assertTrue(Files.readString(dump).lines().noneMatch(line -> line.contains("?")));
    }

    @Test
    void theAddressMayBeThePathOfASocket() {
        Path socket = folder.resolve("data.sock");
        succeed("health", "--address", socket);
        succeed("images", "--address", socket, "-n", "ns-1", "ls");
        succeed("stats", "--address", socket);
        fail(
                "no answer from unix:///nothing/s.sock: there is no such socket",
                "health",
                "--address",
                "/nothing/s.sock");
    }

    @Test
    void aBackupThatIsMadeBesideWritesIsSoundAndRestoredAsItWas() throws Exception {
        AsyncImageStore busy = stores.async("busy");
        List<CompletableFuture<Image>> writes = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            writes.add(busy.create(new Image("n" + i, Map.of("i", "" + i), TARGET)));
        }
        Path tar = folder.resolve("backup.tar");
        Path compressed = folder.resolve("backup.tar.gz");
        succeed("backup", "--address", daemon.address(), folder.resolve("copy"));
        writes.forEach(CompletableFuture::join);
        List<Image> expected = stores.namespace("busy").list();
        succeed("backup", "--address", daemon.address(), tar);
        succeed("backup", "--address", daemon.address(), compressed);
        assertTrue(Files.size(compressed) < Files.size(tar) / 2, "it is compressed");

        succeed("check", "--data", folder.resolve("copy"));
        succeed("restore", tar, "--data", folder.resolve("from-tar"));
        succeed("restore", compressed, "--data", Files.createDirectory(folder.resolve("from-gz")));
        succeed("restore", folder.resolve("from-tar"), "--data", folder.resolve("from-folder"));
        for (String restored : List.of("from-tar", "from-folder", "from-gz")) {
            try (Serving again = serve(restored)) {
                RemoteImageStores read = again.stores();
                assertEquals(expected, read.namespace("busy").list());
                assertEquals(
                        stores.namespace("ns-1").list(), read.namespace("ns-1").list());
                read.namespace("busy").create(new Image("new", TARGET));
            }
            succeed("check", "--data", folder.resolve(restored));
        }
    }

    @Test
    void aRestoredStoreHasAnIdOfItsOwnBecauseItGivesOutRevisionsAgain() throws IOException {
        Path tar = folder.resolve("backup.tar");
        succeed("backup", "--address", daemon.address(), tar);
        succeed("restore", tar, "--data", folder.resolve("once"));
        succeed("restore", tar, "--data", folder.resolve("twice"));

        Set<String> ids = new HashSet<>();
        ids.add(new RemoteMaintenance(stores).stats().instanceId());
        for (String restored : List.of("once", "twice")) {
            try (Maintenance store = StoreFolder.openReadOnly(folder.resolve(restored))) {
                ids.add(store.stats().instanceId());
            }
        }
        assertEquals(3, ids.size());
    }

    @Test
    void aBackupThatIsDamagedOrEndsEarlyIsNotRestored() throws IOException {
        Path tar = folder.resolve("backup.tar");
        succeed("backup", "--address", daemon.address(), tar);
        byte[] whole = Files.readAllBytes(tar);
        try (RandomAccessFile file = new RandomAccessFile(tar.toFile(), "rw")) {
            file.seek(5000);
            file.write(whole[5000] ^ 1);
        }
        fail(tar + " is damaged", "restore", tar, "--data", folder.resolve("restored"));
        assertFalse(Files.exists(folder.resolve("restored")));
        fail(tar + " exists already", "backup", "--address", daemon.address(), tar);
    }

    @Test
    void statsCountWhatIsThere() {
        succeed("stats", "--address", daemon.address(), "-o", "json");
        for (String field :
                List.of("\"namespaces\" : 2", "\"images\" : 6", "\"lastRevision\" : 7", "\"oldestRevision\" : 1")) {
            assertTrue(out.toString().contains(field), out::toString);
        }
        succeed("stats", "--address", daemon.address());
        assertTrue(out.toString().contains("images                6\n"), out::toString);
    }

    @Test
    void namespacesAreListedOfADaemonAndOfAFolder() {
        stores.namespace("emptied").create(new Image("a", TARGET));
        stores.namespace("emptied").delete("a");
        succeed("namespaces", "ls", "--address", daemon.address());
        assertEquals("NAMESPACE\nemptied\nns-1\nother\n", out.toString());
        succeed("namespaces", "ls", "-q", "--address", daemon.address());
        assertEquals("emptied\nns-1\nother\n", out.toString());
        daemon.close();
        succeed("namespaces", "ls", "-o", "json", "--data", folder.resolve("data"));
        assertEquals("[ \"emptied\", \"ns-1\", \"other\" ]\n", out.toString());
    }

    @Test
    void aPortDoesNotTellNamespaces() {
        String tcp = daemon.server().addresses().get(1).toString();
        fail(
                tcp
                        + " does not offer this: a daemon does so on its unix sockets only (unknown service containerd.services.namespaces.v1.Namespaces)",
                "namespaces",
                "ls",
                "--address",
                tcp);
    }

    @Test
    void allOfAnotherDaemonIsCopied() {
        try (Serving other = serve("other")) {
            succeed("import", "--from", daemon.address(), "--address", other.address());
            assertEquals("CREATED  REPLACED  UNCHANGED\n6        0         0\n", out.toString());
            assertEquals(
                    stores.namespace("ns-1").list(),
                    other.stores().namespace("ns-1").list());
        }
    }

    @Test
    void aDaemonOffersMaintenanceOnItsUnixSocketsOnly() {
        String tcp = daemon.server().addresses().get(1).toString();
        fail(
                tcp
                        + " does not offer this: a daemon does so on its unix sockets only (unknown service imaged.v1.Maintenance)",
                "check",
                "--address",
                tcp);
    }

    @Test
    void aFolderThatADaemonServesIsRefused() {
        fail(
                "data folder " + folder.resolve("data") + " is in use by another process (pid "
                        + ProcessHandle.current().pid() + "): failed precondition",
                "check",
                "--data",
                folder.resolve("data"));
    }
}
