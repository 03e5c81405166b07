package dev.imaged.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.JsonResource;
import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What containerd's package platforms, v1.0.0-rc.5, answers on linux/amd64 (platforms-observed.json). */
class ObservedPlatformsTest {
    private static final Map<?, ?> OBSERVED = JsonResource.read("platforms-observed.json");
    private static final Platform OBSERVER = new Platform("linux", "amd64");

    private static final List<Platform> CANDIDATES = JsonResource.texts(OBSERVED, "candidates").stream()
            .map(specifier -> PlatformSpecifier.parse(specifier, OBSERVER))
            .toList();

    @Test
    void specifiersAreReadAndWrittenAlike() {
        for (Map<?, ?> row : JsonResource.objects(OBSERVED, "parsed")) {
            String specifier = JsonResource.text(row, "specifier");
            if (row.get("platform") == null) {
                assertThrows(InvalidArgument.class, () -> PlatformSpecifier.parse(specifier, OBSERVER), specifier);
                continue;
            }
            Platform platform = PlatformSpecifier.parse(specifier, OBSERVER);
            assertEquals(platform(row.get("platform")), platform, specifier);
            assertEquals(JsonResource.text(row, "format"), platform.format(), specifier);
            assertEquals(JsonResource.text(row, "formatAll"), platform.formatAll(), specifier);
            assertEquals(platform(row.get("normalized")), platform.normalize(), specifier);
        }
    }

    private static Platform platform(Object object) {
        Map<?, ?> fields = (Map<?, ?>) object;
        return new Platform(
                JsonResource.text(fields, "architecture"),
                JsonResource.text(fields, "os"),
                JsonResource.text(fields, "osVersion"),
                JsonResource.texts(fields, "osFeatures"),
                JsonResource.text(fields, "variant"));
    }

    @Test
    void platformsAreMatchedAlike() {
        for (Map<?, ?> row : JsonResource.objects(OBSERVED, "matched")) {
            PlatformMatcher matcher = matcher(row);
            assertEquals(
                    specifiers(candidates(row, "matches")),
                    specifiers(CANDIDATES.stream().filter(matcher::matches).toList()),
                    row::toString);
        }
    }

    @Test
    void platformsAreOrderedAlike() {
        for (Map<?, ?> row : JsonResource.objects(OBSERVED, "matched")) {
            List<Platform> ordered = new ArrayList<>(CANDIDATES);
            ordered.sort(matcher(row));
            assertEquals(specifiers(candidates(row, "order")), specifiers(ordered), row::toString);
        }
    }

    private static PlatformMatcher matcher(Map<?, ?> row) {
        Platform[] platforms = JsonResource.texts(row, "platforms").stream()
                .map(specifier -> PlatformSpecifier.parse(specifier, OBSERVER))
                .toArray(Platform[]::new);
        return switch (JsonResource.text(row, "kind")) {
            case "only" -> PlatformMatcher.only(platforms[0]);
            case "onlyStrict" -> PlatformMatcher.onlyStrict(platforms[0]);
            case "any" -> PlatformMatcher.any(platforms);
            case "ordered" -> PlatformMatcher.ordered(platforms);
            default -> PlatformMatcher.all();
        };
    }

    private static List<Platform> candidates(Map<?, ?> row, String key) {
        return JsonResource.texts(row, key).stream()
                .map(index -> CANDIDATES.get(Integer.parseInt(index)))
                .toList();
    }

    private static String specifiers(List<Platform> platforms) {
        return platforms.stream().map(Platform::formatAll).collect(Collectors.joining("\n"));
    }
}
