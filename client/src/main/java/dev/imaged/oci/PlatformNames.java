package dev.imaged.oci;

import java.util.Locale;
import java.util.Set;

/** The names of operating systems and CPUs, which are those of Go (its {@code internal/syslist}), and common other names. */
final class PlatformNames {
    private static final Set<String> OPERATING_SYSTEMS = Set.of(
            "aix",
            "android",
            "darwin",
            "dragonfly",
            "freebsd",
            "hurd",
            "illumos",
            "ios",
            "js",
            "linux",
            "nacl",
            "netbsd",
            "openbsd",
            "plan9",
            "solaris",
            "windows",
            "zos");

    private static final Set<String> ARCHITECTURES = Set.of(
            "386",
            "amd64",
            "amd64p32",
            "arm",
            "armbe",
            "arm64",
            "arm64be",
            "ppc64",
            "ppc64le",
            "loong64",
            "mips",
            "mipsle",
            "mips64",
            "mips64le",
            "mips64p32",
            "mips64p32le",
            "ppc",
            "riscv",
            "riscv64",
            "s390",
            "s390x",
            "sparc",
            "sparc64",
            "wasm");

    private PlatformNames() {}

    /** A CPU and its variant. */
    record Cpu(String architecture, String variant) {}

    static boolean isOs(String name) {
        return OPERATING_SYSTEMS.contains(name);
    }

    static boolean isArchitecture(String name) {
        return ARCHITECTURES.contains(name);
    }

    /** Returns the usual name of an operating system. */
    static String os(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.equals("macos") ? "darwin" : lower;
    }

    /**
     * Returns the usual names of a CPU and its variant; a variant that every such CPU has is left out, except for arm.
     */
    static Cpu cpu(String architecture, String variant) {
        String lower = variant.toLowerCase(Locale.ROOT);
        String name = architecture.toLowerCase(Locale.ROOT);
        return switch (name) {
            case "i386" -> new Cpu("386", "");
            case "x86_64", "x86-64", "amd64" -> new Cpu("amd64", lower.equals("v1") ? "" : lower);
            case "aarch64", "arm64" -> new Cpu("arm64", arm64Variant(lower));
            case "armhf" -> new Cpu("arm", "v7");
            case "armel" -> new Cpu("arm", "v6");
            case "arm" -> new Cpu("arm", armVariant(lower));
            default -> new Cpu(name, lower);
        };
    }

    private static String arm64Variant(String variant) {
        return switch (variant) {
            case "8", "v8", "v8.0" -> "";
            case "9", "9.0", "v9.0" -> "v9";
            default -> variant;
        };
    }

    private static String armVariant(String variant) {
        return switch (variant) {
            case "", "7" -> "v7";
            case "5", "6", "8" -> "v" + variant;
            default -> variant;
        };
    }
}
