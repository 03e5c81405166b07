package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DefaultPathsTest {
    @Test
    void itIsInTheFolderOfXdg() {
        assertEquals(Path.of("/xdg/imaged"), DefaultPaths.defaultPath(Map.of("XDG_DATA_HOME", "/xdg"), "/users/a"));
    }

    @Test
    void otherwiseItIsInTheHome() {
        Path inHome = Path.of("/users/a/.local/share/imaged");
        assertEquals(inHome, DefaultPaths.defaultPath(Map.of(), "/users/a"));
        assertEquals(inHome, DefaultPaths.defaultPath(Map.of("XDG_DATA_HOME", ""), "/users/a"));
        assertEquals(inHome, DefaultPaths.defaultPath(Map.of("XDG_DATA_HOME", "relative"), "/users/a"));
    }
}
