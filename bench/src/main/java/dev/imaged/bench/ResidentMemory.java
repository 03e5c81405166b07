package dev.imaged.bench;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of a process that is not swapped out, in mebibytes, by what backs it (proc_pid_status(5)).
 *
 * @param anonymous what has no file behind it: heaps and stacks
 * @param fileBacked pages of files that are mapped; the system can drop those that were not changed when it needs memory
 * @param shared memory that processes share
 */
record ResidentMemory(double anonymous, double fileBacked, double shared) {
    private static final double KIBIBYTES_PER_MEBIBYTE = 1024;

    /**
     * A part of the memory, or all of it.
     *
     * @param title how it reads in a table
     */
    record Part(String title, ToDoubleFunction<ResidentMemory> mebibytes) {
        static final Part TOTAL = new Part("resident memory", ResidentMemory::total);
        static final Part ANONYMOUS = new Part("resident memory, anonymous", ResidentMemory::anonymous);
        static final Part FILE_BACKED = new Part("resident memory, file-backed", ResidentMemory::fileBacked);
        static final List<Part> ALL = List.of(TOTAL, ANONYMOUS, FILE_BACKED);

        double of(ResidentMemory memory) {
            return mebibytes.applyAsDouble(memory);
        }
    }

    /**
     * Reads {@code /proc/PID/status}.
     *
     * @throws IllegalArgumentException when a field is missing, as with a process that has ended
     */
    static ResidentMemory parse(String status) {
        return new ResidentMemory(
                mebibytes(status, "RssAnon"), mebibytes(status, "RssFile"), mebibytes(status, "RssShmem"));
    }

    private static double mebibytes(String status, String field) {
        Matcher matcher = Pattern.compile("^" + field + ":\\s+(\\d+) kB$", Pattern.MULTILINE)
                .matcher(status);
        if (!matcher.find()) {
            throw new IllegalArgumentException("the status of a process has no " + field + ": " + status);
        }
        return Long.parseLong(matcher.group(1)) / KIBIBYTES_PER_MEBIBYTE;
    }

    double total() {
        return anonymous + fileBacked + shared;
    }
}
