package dev.imaged.oci;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.text.Utf8Order;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Platforms as text, both ways (the grammar of containerd's package {@code platforms}). Repeated groups are possessive:
 * otherwise a text of some thousand characters overflows the stack.
 */
final class PlatformSpecifier {
    private static final int MAX_PARTS = 3;
    private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_.-]+");
    private static final Pattern OS = Pattern.compile(
            "(?<os>[A-Za-z0-9_-]+)(\\((?<version>[A-Za-z0-9_.%-]*)(?<features>(\\+[A-Za-z0-9_.%-]+)*+)\\))?");
    private static final Pattern WELL_ESCAPED = Pattern.compile("([^%]|%[0-9A-Fa-f]{2})*+");

    private final String specifier;
    private final Platform local;

    private PlatformSpecifier(String specifier, Platform local) {
        this.specifier = specifier;
        this.local = local;
    }

    /** Reads a specifier; {@code local} completes one that names only an operating system or a CPU. */
    static Platform parse(String specifier, Platform local) {
        return new PlatformSpecifier(specifier, local).parse();
    }

    private Platform parse() {
        String[] parts = specifier.split("/", MAX_PARTS + 1);
        if (parts.length > MAX_PARTS) {
            throw invalid("has more than " + MAX_PARTS + " components");
        }
        for (int i = 1; i < parts.length; i++) {
            if (!COMPONENT.matcher(parts[i]).matches()) {
                throw invalid("component " + Excerpt.quote(parts[i]) + " must match " + COMPONENT);
            }
        }
        Matcher os = OS.matcher(parts[0]);
        if (!os.matches()) {
            throw invalid("component " + Excerpt.quote(parts[0]) + " must be OS or OS(VERSION+FEATURE...)");
        }
        Platform platform = new Platform("", PlatformNames.os(os.group("os")), version(os), features(os), "");
        return switch (parts.length) {
            case 1 -> completed(platform, parts[0]);
            case 2 -> withCpu(platform, PlatformNames.cpu(parts[1], ""));
            default -> withVariant(platform, PlatformNames.cpu(parts[1], parts[2]));
        };
    }

    private Platform completed(Platform platform, String only) {
        if (PlatformNames.isOs(platform.os())) {
            boolean plainArm =
                    local.architecture().equals("arm") && local.variant().equals("v7");
            return platform.withCpu(
                    local.architecture(), local.architecture().equals("arm") && !plainArm ? local.variant() : "");
        }
        PlatformNames.Cpu cpu = PlatformNames.cpu(only, "");
        if (!PlatformNames.isArchitecture(cpu.architecture())) {
            throw invalid("unknown operating system or architecture");
        }
        return withCpu(new Platform(local.os(), ""), cpu);
    }

    /** A variant that the specifier does not name is left out where it is the usual one. */
    private static Platform withCpu(Platform platform, PlatformNames.Cpu cpu) {
        boolean usual = cpu.architecture().equals("arm") && cpu.variant().equals("v7");
        return platform.withCpu(cpu.architecture(), usual ? "" : cpu.variant());
    }

    /** A variant that the specifier names is kept. */
    private static Platform withVariant(Platform platform, PlatformNames.Cpu cpu) {
        boolean usual = cpu.architecture().equals("arm64") && cpu.variant().isEmpty();
        return platform.withCpu(cpu.architecture(), usual ? "v8" : cpu.variant());
    }

    private String version(Matcher os) {
        return os.group("version") == null ? "" : unescape(os.group("version"));
    }

    private List<String> features(Matcher os) {
        String features = os.group("features");
        return features == null || features.isEmpty()
                ? List.of()
                : Stream.of(features.substring(1).split("\\+", -1))
                        .map(this::unescape)
                        .toList();
    }

    private String unescape(String option) {
        if (!WELL_ESCAPED.matcher(option).matches()) {
            throw invalid("option " + Excerpt.quote(option) + " has a % that no two hex digits follow");
        }
        return URLDecoder.decode(option, StandardCharsets.UTF_8);
    }

    private InvalidArgument invalid(String rule) {
        return new InvalidArgument("platform " + Excerpt.quote(specifier) + " invalid: " + rule);
    }

    /** Returns the text in parentheses after an operating system, empty when there are no options. */
    static String formatOptions(String version, List<String> features) {
        return escape(version)
                + inOrder(features).stream()
                        .filter(feature -> !feature.isEmpty())
                        .map(feature -> "+" + escape(feature))
                        .collect(Collectors.joining());
    }

    /** Returns features in the order of their UTF-8 bytes, which is Go's, each once. */
    static List<String> inOrder(List<String> features) {
        return features.stream().distinct().sorted(Utf8Order.COMPARATOR).toList();
    }

    private static String escape(String option) {
        return option.replace("%", "%25")
                .replace("+", "%2B")
                .replace("(", "%28")
                .replace(")", "%29")
                .replace("/", "%2F");
    }
}
