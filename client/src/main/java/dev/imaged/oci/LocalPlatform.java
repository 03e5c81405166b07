package dev.imaged.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this program runs on, from the properties of the JVM. */
final class LocalPlatform {
    static final Platform PLATFORM = of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));

    private static final Pattern ARM_VERSION = Pattern.compile("CPU architecture\\s*:\\s*([5-8])");

    private LocalPlatform() {}

    static Platform of(String osName, String osArch) {
        PlatformNames.Cpu cpu = PlatformNames.cpu(goArchitecture(osArch), "");
        boolean arm = cpu.architecture().equals("arm");
        return new Platform(
                goOs(osName), cpu.architecture(), arm ? armVariant(Path.of("/proc/cpuinfo")) : cpu.variant());
    }

    private static String goOs(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("windows")) {
            return "windows";
        } else if (lower.startsWith("mac")) {
            return "darwin";
        } else if (lower.equals("sunos")) {
            return "solaris";
        }
        return lower;
    }

    private static String goArchitecture(String name) {
        return switch (name) {
            case "x86", "i486", "i586", "i686" -> "386";
            case "arm32" -> "arm";
            default -> name;
        };
    }

    /** The kernel knows it, Java does not. */
    static String armVariant(Path cpuInfo) {
        try {
            Matcher version = ARM_VERSION.matcher(Files.readString(cpuInfo));
            return version.find() ? "v" + version.group(1) : "v7";
        } catch (IOException e) {
            return "v7";
        }
    }
}
