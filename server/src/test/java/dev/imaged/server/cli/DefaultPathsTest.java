package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DefaultPathsTest {
    @Test
    void itIsInTheFolderOfXdg() {
        assertEquals(Path.of("/data/imaged"), DefaultPaths.defaultPath(Map.of("XDG_DATA_HOME", "/data"), "/home/a"));
    }

    @Test
    void otherwiseItIsInTheHome() {
        Path inHome = Path.of("/home/a/.local/share/imaged");
        assertEquals(inHome, DefaultPaths.defaultPath(Map.of(), "/home/a"));
        assertEquals(inHome, DefaultPaths.defaultPath(Map.of("XDG_DATA_HOME", ""), "/home/a"));
        assertEquals(inHome, DefaultPaths.defaultPath(Map.of("XDG_DATA_HOME", "relative"), "/home/a"));
    }
}
