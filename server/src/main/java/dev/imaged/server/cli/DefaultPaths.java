package dev.imaged.server.cli;

import java.nio.file.Path;
import java.util.Map;

/** The default data folder of the daemon. Clients look for its socket there. */
public final class DefaultPaths {
    private DefaultPaths() {}

    /** Returns {@code $XDG_DATA_HOME/imaged}, or {@code ~/.local/share/imaged}. */
    public static Path defaultPath() {
        return defaultPath(System.getenv(), System.getProperty("user.home"));
    }

    static Path defaultPath(Map<String, String> environment, String home) {
        Path data = Path.of(environment.getOrDefault("XDG_DATA_HOME", ""));
        // A relative path does not count (XDG Base Directory Specification, "Environment variables").
        return (data.isAbsolute() ? data : Path.of(home, ".local", "share")).resolve("imaged");
    }
}
