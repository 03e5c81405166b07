package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.filters.Filter;
import dev.imaged.filters.ObservedFilters;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Filters are answered as by a real containerd, message by message. */
interface ObservedFiltersContract extends ContractFixture {
    @TestFactory
    default Stream<DynamicTest> filtersAreAnsweredAsByContainerd() {
        ObservedFilters observed = ObservedFilters.load();
        assertEquals(112, observed.answers().size());
        observed.images().forEach(image -> store().create(image));
        return observed.answers().stream()
                .map(answer -> DynamicTest.dynamicTest("[" + answer.filter() + "]", () -> assertAnswer(answer)));
    }

    private void assertAnswer(ObservedFilters.Answer answer) {
        if (answer.matches() != null) {
            assertEquals(answer.matches(), names(answer.filter()));
            assertEquals(answer.matches(), names(Filter.parse(answer.filter()).toString()), "read back from its text");
        } else {
            String message = assertThrows(InvalidArgument.class, () -> names(answer.filter()))
                    .getMessage();
            assertEquals(answer.comparable(answer.error()), answer.comparable(message));
        }
    }

    private List<String> names(String filter) {
        return store().list(List.of(filter)).stream().map(Image::name).toList();
    }
}
