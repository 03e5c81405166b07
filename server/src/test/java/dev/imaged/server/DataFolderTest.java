package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DataFolderTest {
    @Test
    void itIsInTheFolderOfXdg() {
        assertEquals(Path.of("/data/imaged"), DataFolder.defaultPath(Map.of("XDG_DATA_HOME", "/data"), "/home/a"));
    }

    @Test
    void otherwiseItIsInTheHome() {
        Path inHome = Path.of("/home/a/.local/share/imaged");
        assertEquals(inHome, DataFolder.defaultPath(Map.of(), "/home/a"));
        assertEquals(inHome, DataFolder.defaultPath(Map.of("XDG_DATA_HOME", ""), "/home/a"));
        assertEquals(inHome, DataFolder.defaultPath(Map.of("XDG_DATA_HOME", "relative"), "/home/a"));
    }
}
