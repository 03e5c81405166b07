package dev.imaged.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a JVM writes of its collections, which is how its heap is seen from outside and without disturbing it. */
final class GcLog {
    /** {@code Pause Full (Allocation Failure) 59M->21M(123M) 31.5ms} */
    private static final Pattern COLLECTION = Pattern.compile(" \\d+M->(\\d+)M\\(\\d+M\\)");

    private final Path file;
    private int seen;

    GcLog(Path folder) {
        this.file = folder.resolve("gc.log");
    }

    /** Returns the flag that makes the JVM write it. */
    String flag() {
        return "-Xlog:gc:file=" + file + ":uptime:filecount=0";
    }

    /** Returns the least that a collection left in use since the last time this was asked, nothing when there was none. */
    OptionalDouble leastMebibytes() throws IOException {
        String log = Files.readString(file);
        Matcher collections = COLLECTION.matcher(log.substring(seen));
        OptionalDouble least = collections
                .results()
                .map((MatchResult collection) -> collection.group(1))
                .mapToDouble(Double::parseDouble)
                .min();
        seen = log.lastIndexOf('\n') + 1;
        return least;
    }
}
