package dev.imaged.server.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.imaged.filters.Filters;
import dev.imaged.server.store.record.KeyStarts;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which index serves which filter. */
class QueryPlanTest {
    private static String plan(String... filters) {
        QueryPlan plan = QueryPlan.of("ns", Filters.parse(List.of(filters)));
        return plan.isIndexed()
                ? plan.accesses().stream()
                        .map(access -> access.toString().replaceAll(".*index=([A-Z_]+).*", "$1"))
                        .toList()
                        .toString()
                : "scan " + (KeyStarts.of("ns", Filters.parse(List.of(filters))).isNarrow() ? "names" : "all");
    }

    @TestFactory
    Stream<DynamicTest> theNarrowestIndexServesAFilter() {
        return Stream.of(
                        List.of("name==a", "[NAME]"),
                        List.of("target.digest==x", "[DIGEST]"),
                        List.of("labels.k==v", "[LABEL_VALUE]"),
                        List.of("labels.k", "[LABEL]"),
                        List.of("target.digest~=^sha256:ab", "[DIGEST_PREFIX]"),
                        List.of("name~=^docker.io/library", "scan names"),
                        List.of("labels.k,labels.l==v,target.digest==x,name==a", "[NAME]"),
                        List.of("labels.k,name!=a,target.digest==x", "[DIGEST]"),
                        List.of("labels.k,name~=^abc", "scan names"),
                        List.of("", "scan all"),
                        List.of("name!=a", "scan all"),
                        List.of("name~=a", "scan all"),
                        List.of("labels.k!=v", "scan all"),
                        List.of("labels.k~=v", "scan all"),
                        List.of("annotations.k==v", "scan all"))
                .map(row -> DynamicTest.dynamicTest(
                        "filter " + row.get(0), () -> assertEquals(row.get(1), plan(row.get(0)))));
    }

    @Test
    void alternativesEachHaveTheirIndexAndOneScanScansForAll() {
        assertEquals("[NAME, LABEL_VALUE]", plan("name==a", "labels.k==v"));
        assertEquals("scan names", plan("name==a", "name~=^b"));
        assertEquals("[NAME_PREFIX, LABEL]", plan("name~=^b", "labels.k"));
        assertEquals("scan all", plan("name==a", "name!=b"));
        assertEquals("[LABEL_VALUE, DIGEST]", plan("labels.k==v", "target.digest==x", "labels.k==v,name!=a"));
    }
}
