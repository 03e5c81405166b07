package dev.imaged.maintenance;

import java.util.List;
import java.util.Map;

/**
 * The result of the check of a store.
 *
 * @param entries how many entries of each kind were checked, in the order of the kinds
 * @param problems the problems, each in one line; only the first ones when there are very many
 * @param problemCount how many problems there are
 */
public record CheckReport(Map<String, Long> entries, List<String> problems, long problemCount) {
    /** Whether there are no problems. */
    public boolean isSound() {
        return problemCount == 0;
    }
}
