package dev.imaged.server.grpc;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.remote.Address;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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

    private Address address(String kind) {
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
        for (int i = 0; i < PLACES - 1; i++) { // the client of the daemon has the last one
            LimitedDaemon.get(daemon.peer(address(kind)), 1);
        }
        first.awaitHangUp();
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
            try (RawHttp2 peer = new RawHttp2(address(kind))) {
                peer.greet().send(ping); // after its settings, so that it has finished its greeting
                if (i % 2 == 0) {
                    peer.vanish();
                }
            } catch (IOException refused) {
                Thread.onSpinWait(); // the daemon has not yet read that the ones before are closed
            }
        }
        assertTrue(isServedWithin(200, address(kind)));
    }

    /** Returns whether one of so many peers, one after the other, is served: the daemon has read of the others by then. */
    private static boolean isServedWithin(int peers, Address address) throws Exception {
        for (int i = 0; i < peers; i++) {
            try (RawHttp2 peer = new RawHttp2(address)) {
                LimitedDaemon.get(peer.greet(), 1);
                return true;
            } catch (IOException refused) {
                Thread.onSpinWait();
            }
        }
        return false;
    }

    @Test
    void peerIsRefusedWhenAllHaveFinishedTheirGreeting() throws Exception {
        for (int i = 0; i < PLACES; i++) {
            LimitedDaemon.get(daemon.peer(daemon.tcpAddress()), 1);
        }
        assertThrows(IOException.class, () -> LimitedDaemon.get(daemon.peer(daemon.tcpAddress()), 1));
    }
}
