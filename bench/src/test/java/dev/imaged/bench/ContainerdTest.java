package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ContainerdTest {
    @Test
    void theVersionIsThatOfTheReleaseWhoeverBuiltIt() throws IOException {
        assertEquals(
                "1.6.20",
                Containerd.parseVersion(
                        "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3\n"));
        assertEquals(
                "2.1.4", Containerd.parseVersion("containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7\n"));
        assertEquals(
                "2.4.2", Containerd.parseVersion("containerd github.com/containerd/containerd/v2 2.4.2+unknown \n"));
    }

    @Test
    void anotherProgramIsRefused() {
        assertThrows(IOException.class, () -> Containerd.parseVersion("runc version 1.1.5\n"));
    }
}
