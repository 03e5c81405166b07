package dev.imaged.server;

import java.nio.file.Path;

/** The data folder when nothing else is said (XDG Base Directory Specification, {@code XDG_DATA_HOME}). */
public final class DataFolder {
    private DataFolder() {}

    /** Returns {@code imaged} in {@code $XDG_DATA_HOME}, which is {@code ~/.local/share} by default. */
    public static Path defaultPath() {
        String home = System.getenv("XDG_DATA_HOME");
        Path base = home == null || home.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "share")
                : Path.of(home);
        return base.resolve("imaged");
    }
}
