package dev.imaged.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {
    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, linux/amd64",
        "Linux, aarch64, linux/arm64",
        "Linux, i386, linux/386",
        "Linux, ppc64le, linux/ppc64le",
        "Linux, loongarch64, linux/loong64",
        "Mac OS X, aarch64, darwin/arm64",
        "Windows Server 2022, amd64, windows/amd64",
        "FreeBSD, x86_64, freebsd/amd64",
    })
    void thisMachineIsNamedAsGoNamesIt(String osName, String osArch, String platform) {
        assertEquals(platform, LocalPlatform.of(osName, osArch).format());
    }

    @ParameterizedTest
    @CsvSource({
        "'CPU architecture: 6', v6",
        "'model name\t: ARMv7 Processor\nCPU architecture: 7', v7",
        "'model name\t: ARMv6-compatible processor\nCPU architecture: 7', v6",
        "'CPU architecture: 5TEJ', v5",
        "'CPU architecture: 8', v8",
        "'CPU architecture: AArch64', v8",
        "'CPU architecture: ?(12)', v7",
        "'', v7",
    })
    void theVariantOfAnArmIsWhatTheKernelSays(String lines, String variant, @TempDir Path folder) throws IOException {
        Path cpuInfo = Files.writeString(folder.resolve("cpuinfo"), "processor\t: 0\n" + lines + "\n");
        assertEquals(variant, LocalPlatform.armVariant(cpuInfo));
    }

    @Test
    void anArmWhoseKernelSaysNothingIsTheUsualOne(@TempDir Path folder) {
        assertEquals("v7", LocalPlatform.armVariant(folder.resolve("none")));
    }

    @ParameterizedTest
    @CsvSource({
        "arm, v6, linux, linux/arm/v6",
        "arm, v7, linux, linux/arm",
        "arm64, '', windows(10.0.1), windows(10.0.1)/arm64",
        "arm, v6, amd64, linux/amd64",
    })
    void halfASpecifierIsCompletedByThisMachine(String architecture, String variant, String half, String platform) {
        Platform local = new Platform("linux", architecture, variant);
        assertEquals(platform, PlatformSpecifier.parse(half, local).formatAll());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "linux/a b | component \"a b\" must match [A-Za-z0-9_.-]+",
                "li nux | component \"li nux\" must be OS or OS(VERSION+FEATURE...)",
                "linux(%zz) | option \"%zz\" has a % that no two hex digits follow",
                "vax | unknown operating system or architecture",
                "a/b/c/d | has more than 3 components",
            })
    void whatIsNoSpecifierIsRefusedWithTheRule(String specifier, String rule) {
        String message = assertThrows(InvalidArgument.class, () -> Platform.parse(specifier))
                .getMessage();
        assertEquals("platform \"" + specifier + "\" invalid: " + rule + ": invalid argument", message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "+a", "%41", "%4"})
    void aSpecifierMayBeOfAnyLength(String option) {
        String specifier = "linux(" + option.repeat(100_000) + ")/amd64";
        if (option.equals("%4")) {
            assertThrows(InvalidArgument.class, () -> Platform.parse(specifier));
        } else {
            assertEquals("linux/amd64", Platform.parse(specifier).format());
        }
    }

    @Test
    void severalSpecifiersAreReadTogether() {
        assertEquals(
                List.of(new Platform("linux", "arm64"), new Platform("windows", "amd64")),
                Platform.parseAll(List.of("linux/aarch64", "windows/x86_64")));
        assertEquals(List.of(), Platform.parseAll(List.of()));
        String message = assertThrows(InvalidArgument.class, () -> Platform.parseAll(List.of("linux/amd64", "vax")))
                .getMessage();
        assertEquals("platform \"vax\" invalid: unknown operating system or architecture: invalid argument", message);
    }

    @ParameterizedTest
    @CsvSource({
        "linux/amd64, linux/arm64, true",
        "linux/amd64, linux/riscv64, true",
        "linux/amd64, windows/amd64, false",
        "windows(10.0.17763)/amd64, windows(10.0.17763)/arm64, true",
        "windows(10.0.17763)/amd64, windows(10.0.20348)/amd64, false",
        "linux(+gpu)/amd64, linux(+gpu)/arm64, true",
        "linux/amd64, linux(+gpu)/amd64, false",
    })
    void anyCpuOfAnOperatingSystemMatches(String wanted, String platform, boolean matches) {
        assertEquals(matches, PlatformMatcher.onlyOs(Platform.parse(wanted)).matches(Platform.parse(platform)));
    }

    @Test
    void ofAnOperatingSystemTheCpuOfThePlatformIsTheBest() {
        PlatformMatcher matcher = PlatformMatcher.onlyOs(Platform.parse("linux(+gpu)/arm64"));
        List<Platform> ordered = new ArrayList<>(Platform.parseAll(
                List.of("windows/arm64", "linux/amd64", "linux/arm64", "linux(+gpu)/arm64", "linux/riscv64")));
        ordered.sort(matcher);
        assertEquals(
                List.of("linux(+gpu)/arm64", "linux/arm64", "linux/amd64", "linux/riscv64", "windows/arm64"),
                ordered.stream().map(Platform::formatAll).toList());
    }

    @Test
    void thisMachineRunsWhatIsMadeForIt() {
        assertTrue(PlatformMatcher.local().matches(Platform.local()));
    }
}
