package dev.imaged.oci;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A platform that an image runs on (OCI image-spec, image-index.md, "platform"). Immutable and thread-safe. Nothing is
 * checked here. A text that is not given is empty.
 *
 * @param architecture the CPU, as Go names it: {@code amd64}
 * @param os the operating system, as Go names it: {@code linux}
 * @param osVersion the version of the operating system: {@code 10.0.17763.1}
 * @param osFeatures what the operating system must offer: {@code win32k}
 * @param variant the variant of the CPU: {@code v8}
 */
public record Platform(String architecture, String os, String osVersion, List<String> osFeatures, String variant) {
    private static final String UNKNOWN = "unknown";

    public Platform {
        osFeatures = List.copyOf(osFeatures);
    }

    /** A platform with an operating system and a CPU, and no more details. */
    public Platform(String os, String architecture) {
        this(os, architecture, "");
    }

    /** A platform whose operating system may have any version. */
    public Platform(String os, String architecture, String variant) {
        this(architecture, os, "", List.of(), variant);
    }

    /**
     * Returns the platform that this program runs on. Java does not tell the build of Windows, so its version is empty.
     * The variant of arm is given; that of arm64 is left out, where containerd writes {@code v8}.
     */
    public static Platform local() {
        return LocalPlatform.PLATFORM;
    }

    /**
     * Reads a specifier as containerd's package {@code platforms} does: {@code
     * OS[(VERSION+FEATURE...)]/ARCH[/VARIANT]}, for example {@code linux/arm64/v8} or {@code
     * windows(10.0.17763+win32k)/amd64}. A specifier with an operating system or a CPU alone gets the other from this
     * program. {@code %XX} stands for a byte of a version or feature that would be mistaken for the syntax; bytes that
     * are not UTF-8 become U+FFFD. Other common names are understood: {@code macos}, {@code x86_64}, {@code aarch64},
     * {@code armhf}, {@code armel}, {@code i386}.
     *
     * @throws InvalidArgument when it is not a specifier, or neither a known operating system nor a known CPU
     */
    public static Platform parse(String specifier) {
        return PlatformSpecifier.parse(specifier, local());
    }

    /**
     * Reads specifiers, each as {@link #parse} does.
     *
     * @throws InvalidArgument when one is invalid, naming it
     */
    public static List<Platform> parseAll(List<String> specifiers) {
        return specifiers.stream().map(Platform::parse).toList();
    }

    /**
     * Returns the specifier without version and features, {@code unknown} when the operating system is not given. A
     * part is not a step on a path here; containerd writes {@code linux/../x} as {@code x}.
     */
    public String format() {
        return os.isEmpty() ? UNKNOWN : join(os);
    }

    /** Returns the specifier with version and features, otherwise as {@link #format}. */
    public String formatAll() {
        if (os.isEmpty()) {
            return UNKNOWN;
        }
        String options = PlatformSpecifier.formatOptions(osVersion, osFeatures);
        return join(options.isEmpty() ? os : os + "(" + options + ")");
    }

    private String join(String first) {
        return Stream.of(first, architecture, variant)
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining("/"));
    }

    /**
     * Returns the platform with the names that Go uses and without redundant variants: {@code Linux/x86_64/v1} is
     * {@code linux/amd64}, {@code linux/aarch64/v8} is {@code linux/arm64}, {@code linux/arm} is {@code linux/arm/v7}.
     * An empty operating system becomes that of this program. Features come in the order of their UTF-8 bytes, each
     * once.
     */
    public Platform normalize() {
        PlatformNames.Cpu cpu = PlatformNames.cpu(architecture, variant);
        return new Platform(
                cpu.architecture(),
                os.isEmpty() ? local().os() : PlatformNames.os(os),
                osVersion,
                PlatformSpecifier.inOrder(osFeatures),
                cpu.variant());
    }

    /** Returns this platform with another CPU. */
    Platform withCpu(String otherArchitecture, String otherVariant) {
        return new Platform(otherArchitecture, os, osVersion, osFeatures, otherVariant);
    }
}
