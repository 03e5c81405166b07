package dev.imaged.server.cli;

import java.util.List;
import java.util.Locale;

/** Sizes as {@code ctr} prints them: one digit after the point, in powers of 1024 (IEC 80000-13). */
final class ByteSize {
    private static final double STEP = 1024;
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

    private ByteSize() {}

    static String format(long bytes) {
        double size = bytes;
        int unit = 0;
        while (size >= STEP && unit < UNITS.size() - 1) {
            size /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", size, UNITS.get(unit));
    }
}
