package dev.imaged.oci;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The platform that this program runs on, from the properties of the JVM. */
final class LocalPlatform {
    private static final Pattern ARM_VERSION = Pattern.compile("(?im)^CPU architecture[ \\t]*:[ \\t]*(AArch64|[3-8])");

    /** A Raspberry Pi of version 6, whose kernel says 7. */
    private static final Pattern ARM_6 = Pattern.compile("(?im)^model name[ \\t]*:[ \\t]*ARMv6-compatible");

    /** The last constant, because it is made with the patterns. */
    static final Platform PLATFORM = of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));

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
            case "loongarch64" -> "loong64";
            case "mips64el" -> "mips64le";
            default -> name;
        };
    }

    /** Returns the variant, which the kernel knows and Java does not. */
    static String armVariant(Path cpuInfo) {
        try {
            String info = Files.readString(cpuInfo);
            Matcher version = ARM_VERSION.matcher(info);
            if (!version.find()) {
                return "v7";
            } else if (version.group(1).equals("7") && ARM_6.matcher(info).find()) {
                return "v6";
            }
            return version.group(1).length() > 1 ? "v8" : "v" + version.group(1);
        } catch (IOException e) {
            return "v7";
        }
    }
}
