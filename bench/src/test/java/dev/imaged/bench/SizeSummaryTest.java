package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.bench.Contender.Sample;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class SizeSummaryTest {
    private static final String GET = "Get, uniform names";

    @Test
    void costsStandNextToEachOtherAndAreRelatedToTheSmallestSize() {
        ComparisonReport thousand = report(1_000);
        add(thousand, GET, OptionalInt.of(64), Map.of("imaged", 5.0));
        add(thousand, "List, all", OptionalInt.of(1), Map.of("imaged", 80.0));
        add(thousand, "Update of the target, 1,000/s", OptionalInt.empty(), Map.of("imaged", 200.0));
        ComparisonReport million = report(1_000_000);
        add(million, GET, OptionalInt.of(1), Map.of("imaged", 99.0));
        add(million, GET, OptionalInt.of(64), Map.of("imaged", 7.5));
        assertEquals(
                List.of(
                        "| operation | in flight | server | 1,000 | 1,000,000 |",
                        "| --- | --- | --- | --- | --- |",
                        "| Get, uniform names | 64 | imaged | 5.000 | 7.500 (1.50) |",
                        "| Update of the target, 1,000/s | - | imaged | 200 | - |"),
                SizeSummary.lines(List.of(million, thousand)).stream().skip(2).toList());
    }

    @Test
    void eachServerHasARow() {
        ComparisonReport small = report(1_000);
        ComparisonReport large = report(10_000);
        Map<String, Double> both = new LinkedHashMap<>();
        both.put("imaged", 5.0);
        both.put("containerd 1.6.20", 20.0);
        add(small, GET, OptionalInt.of(64), both);
        add(large, GET, OptionalInt.of(64), Map.of("imaged", 5.0));
        assertEquals(
                List.of(
                        "| Get, uniform names | 64 | imaged | 5.000 | 5.000 (1.00) |",
                        "| Get, uniform names | 64 | containerd 1.6.20 | 20.0 | - |"),
                SizeSummary.lines(List.of(small, large)).stream().skip(4).toList());
    }

    @Test
    void oneSizeHasNothingToCompareWith() {
        assertEquals(List.of(), SizeSummary.lines(List.of(report(1_000))));
    }

    private static ComparisonReport report(int images) {
        return new ComparisonReport(
                images,
                List.of("imaged", "containerd 1.6.20"),
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    }

    private static void add(
            ComparisonReport report, String operation, OptionalInt inFlight, Map<String, Double> microsPerCall) {
        Map<String, List<Sample>> samples = new LinkedHashMap<>();
        microsPerCall.forEach((server, micros) ->
                samples.put(server, List.of(new Sample(new LoadGenerator.Run(10, 1_000, new Histogram(3)), (long)
                        (micros * 10_000)))));
        report.add(new Rounds.Result(operation, inFlight, samples));
    }
}
