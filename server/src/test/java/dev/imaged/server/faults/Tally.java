package dev.imaged.server.faults;

import dev.imaged.errors.ImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What clients saw. Thread-safe. */
final class Tally {
    private static final int MAX_EXAMPLES = 5;

    private final Map<String, Integer> failures = new TreeMap<>();
    private final Map<String, Integer> refusals = new TreeMap<>();
    private final List<String> wrong = new ArrayList<>();
    private final List<Long> refusalNanos = new ArrayList<>();
    private long reads;
    private long failedReads;
    private long slowestRead;
    private long writes;
    private long refused;

    synchronized void read(long nanos) {
        reads++;
        slowestRead = Math.max(slowestRead, nanos);
    }

    synchronized void failedRead(ImageException error) {
        reads++;
        failedReads++;
        count(failures, error);
    }

    synchronized void acknowledged() {
        writes++;
    }

    synchronized void refused(ImageException error, long nanos) {
        refused++;
        refusalNanos.add(nanos);
        count(refusals, error);
    }

    private static void count(Map<String, Integer> counts, ImageException error) {
        String message = String.valueOf(error.getMessage());
        counts.merge(
                error.getClass().getSimpleName() + ": " + message.substring(0, Math.min(300, message.length())),
                1,
                Integer::sum);
    }

    /** An answer, or what is stored, that contradicts what was acknowledged. */
    synchronized void wrong(String what) {
        wrong.add(what);
    }

    synchronized long reads() {
        return reads;
    }

    synchronized long failedReads() {
        return failedReads;
    }

    synchronized long writes() {
        return writes;
    }

    synchronized long refused() {
        return refused;
    }

    /** The errors of reads, each with how often it came; a few of them. */
    synchronized String failures() {
        return examples(failures);
    }

    /** The errors of writes that do not begin like this or do not say that the write is not stored. */
    synchronized Map<String, Integer> refusalsOtherThan(List<String> codes) {
        Map<String, Integer> others = new TreeMap<>(refusals);
        others.keySet()
                .removeIf(message -> codes.stream().anyMatch(code -> message.startsWith(code + ": "))
                        && message.contains("not stored"));
        return others;
    }

    /** What contradicts what was acknowledged. */
    synchronized List<String> wrong() {
        return List.copyOf(wrong);
    }

    private static String examples(Map<String, Integer> counts) {
        List<String> lines = new ArrayList<>();
        counts.forEach((message, count) -> lines.add(count + " x " + message));
        return String.join("\n    ", lines.subList(0, Math.min(MAX_EXAMPLES, lines.size())));
    }

    @Override
    public synchronized String toString() {
        long[] sorted =
                refusalNanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return String.format(
                Locale.ROOT,
                "reads %d, failed %d, slowest %.0f ms; writes acknowledged %d, refused %d (p50 %.1f ms), wrong %d",
                reads,
                failedReads,
                slowestRead / 1e6,
                writes,
                refused,
                sorted.length == 0 ? 0 : sorted[sorted.length / 2] / 1e6,
                wrong.size());
    }
}
