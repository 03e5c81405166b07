package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.server.ListenAddress;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has the places of a listener when there are more peers than places. */
@Timeout(60)
class ConnectionPlacesWireTest {
    private static final int PLACES = 4;

    @TempDir
    Path folder;

    private LimitedDaemon daemon;

    @BeforeEach
    void start() {
        daemon = new LimitedDaemon(folder, "--max-connections=" + PLACES);
    }

    @AfterEach
    void stop() throws IOException {
        daemon.close();
    }

    private ListenAddress address(String kind) {
        return kind.equals("unix") ? daemon.unixAddress() : daemon.tcpAddress();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void newPeersGetThePlacesOfThoseThatDoNotFinishTheirGreeting(String kind) throws Exception {
        RawHttp2 first = daemon.silentPeer(address(kind));
        first.send(RawHttp2.PREFACE);
        for (int i = 0; i < 3 * PLACES; i++) {
            daemon.silentPeer(address(kind));
        }
        first.awaitHangUp();
        for (int i = 0; i < PLACES - 1; i++) { // the client of the daemon has the last one
            LimitedDaemon.get(daemon.peer(address(kind)), 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void peerThatHasFinishedItsGreetingKeepsItsPlace(String kind) throws Exception {
        RawHttp2 first = daemon.peer(address(kind));
        LimitedDaemon.get(first, 1);
        for (int i = 0; i < 10 * PLACES; i++) {
            daemon.silentPeer(address(kind));
        }
        LimitedDaemon.get(daemon.peer(address(kind)), 1);
        LimitedDaemon.get(first, 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix", "tcp"})
    void peersThatCloseGiveTheirPlacesBackAtOnce(String kind) throws Exception {
        byte[] ping = new byte[17];
        ping[2] = 8;
        ping[3] = RawHttp2.PING;
        for (int i = 0; i < 500; i++) {
            RawHttp2 peer = new RawHttp2(address(kind));
            peer.greet().send(ping); // after its settings, so that it has finished its greeting
            if (i % 2 == 0) {
                peer.vanish();
            } else {
                peer.close();
            }
        }
        LimitedDaemon.get(patient(kind), 1);
    }

    /** Waits for the daemon to read what peers sent before they closed, which is a turn of its loop. */
    private RawHttp2 patient(String kind) throws Exception {
        while (true) {
            RawHttp2 peer = daemon.peer(address(kind));
            try {
                LimitedDaemon.get(peer, 1);
                return daemon.peer(address(kind));
            } catch (IOException refused) {
                Thread.onSpinWait();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp"})
    void peerIsRefusedWhenAllHaveFinishedTheirGreeting(String kind) throws Exception {
        for (int i = 0; i < PLACES; i++) {
            LimitedDaemon.get(daemon.peer(address(kind)), 1);
        }
        assertThrows(IOException.class, () -> LimitedDaemon.get(daemon.peer(address(kind)), 1));
    }
}
