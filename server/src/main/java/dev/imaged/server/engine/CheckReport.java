package dev.imaged.server.engine;

import java.util.List;
import java.util.Map;

/**
 * What a check of a store found.
 *
 * @param entries how many entries of each kind were looked at, in the order of the kinds
 * @param problems what is wrong, each in one line; the first of them, if they are very many
 * @param problemCount how many problems there are
 */
public record CheckReport(Map<String, Long> entries, List<String> problems, long problemCount) {
    /** Whether all is as it has to be. */
    public boolean isSound() {
        return problemCount == 0;
    }
}
