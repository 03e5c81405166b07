package dev.imaged.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is published of the daemon: the archive, the Debian package, and the licences in the jar. */
class DistributionIT {
    private static final Path TARGET = Path.of("target");

    @TempDir
    Path folder;

    /** What a command ended with and printed on both streams. */
    private record Ended(int code, String output) {
        static Ended of(Map<String, String> environment, String... command) throws Exception {
            ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
            process.environment().putAll(environment);
            Process started = process.start();
            String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Ended(started.waitFor(), output);
        }
    }

    private static Path built(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(TARGET)) {
            return files.filter(file -> file.getFileName().toString().matches("imaged-\\d.*" + suffix))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Unpacks the archive into a folder with a space, and returns a link to its launcher. */
    private Path launcher() throws IOException {
        return launcher("a folder");
    }

    private Path launcher(String name) throws IOException {
        Path unpacked = Files.createDirectory(folder.resolve(name));
        Peers.run("tar", "-xzf", built("\\.tar\\.gz").toString(), "--strip-components=1", "-C", unpacked.toString());
        return Files.createSymbolicLink(folder.resolve("imaged"), unpacked.resolve("bin/imaged"));
    }

    @Test
    void theLauncherRunsThroughALinkAndPassesArgumentsOn() throws Exception {
        String launcher = launcher().toString();

        assertEquals(new Ended(0, Version.text() + "\n"), Ended.of(Map.of(), launcher, "version"));
        String argument = "a  *  $b";
        Ended wrong = Ended.of(Map.of(), launcher, argument);
        assertEquals(2, wrong.code());
        assertTrue(wrong.output().contains("'" + argument + "'"), wrong.output());
    }

    @Test
    void theLauncherTakesTheJavaAndTheOptionsThatVariablesName() throws Exception {
        String launcher = launcher().toString();

        Map<String, String> options =
                Map.of("JAVA_OPTS", "-XX:+PrintFlagsFinal -Xmx64m", "IMAGED_JAVA_OPTS", "-Xmx96m");
        String flags = Ended.of(options, launcher, "version").output();
        assertTrue(flags.contains(" = " + (96 << 20) + " "), flags);

        Ended without = Ended.of(Map.of("JAVA_HOME", folder.toString()), launcher, "version");
        assertEquals(1, without.code());
        assertEquals(
                "imaged: cannot run " + folder
                        + "/bin/java: install Java 17 or newer, or set JAVA_HOME to its folder\n",
                without.output());
    }

    @Test
    void theLauncherBoundsTheHeapOfTheDaemonUnlessItIsTold() throws Exception {
        String launcher = launcher().toString();
        String print = "-XX:+PrintFlagsFinal";

        String daemon = Ended.of(Map.of("JAVA_OPTS", print), launcher, "serve", "--help")
                .output();
        assertTrue(flag(daemon, "MaxHeapSize") <= 768 << 20, daemon);
        assertEquals(32 << 20, flag(daemon, "MaxNewSize"), daemon);
        assertEquals(96 << 20, flag(daemon, "InitialHeapSize"), daemon);
        assertEquals(
                0,
                Ended.of(Map.of("JAVA_TOOL_OPTIONS", "-Xmx64m"), launcher, "serve", "--help")
                        .code());
        for (int mebibytes : List.of(1024, 64)) {
            Map<String, String> told = Map.of("JAVA_OPTS", print, "IMAGED_JAVA_OPTS", "-Xmx" + mebibytes + "m");
            Ended started = Ended.of(told, launcher, "serve", "--help");
            assertEquals(0, started.code(), started.output());
            assertEquals(mebibytes << 20, flag(started.output(), "MaxHeapSize"));
            assertEquals(mebibytes > 96, flag(started.output(), "InitialHeapSize") == 96 << 20);
        }
    }

    private static long flag(String flags, String name) {
        return Pattern.compile(" " + name + " += (\\d+) ")
                .matcher(flags)
                .results()
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElseThrow();
    }

    /** Java 17 archives no class of a jar in a folder with a space. */
    @Test
    void theLauncherStartsFromWhatARehearsalRecorded() throws Exception {
        String launcher = launcher("folder").toString();
        Map<String, String> loaded = Map.of("JAVA_OPTS", "-Xlog:class+load");
        Pattern shared = Pattern.compile("dev\\.imaged\\.server\\.cli\\.Main source: shared objects file");
        assertFalse(
                shared.matcher(Ended.of(loaded, launcher, "version").output()).find());

        Ended rehearsed = Ended.of(Map.of(), launcher, "rehearse");

        assertEquals(0, rehearsed.code(), rehearsed.output());
        String recorded = Ended.of(loaded, launcher, "version").output();
        assertTrue(shared.matcher(recorded).find(), recorded);
        assertEquals(new Ended(0, Version.text() + "\n"), Ended.of(Map.of(), launcher, "version"));
    }

    @Test
    void thePackageRunsFromWhereItIsUnpackedAndNamesItsSettings() throws Exception {
        Peers.require("dpkg-deb");
        String deb = built("\\.deb").toString();
        Peers.run("dpkg-deb", "-R", deb, folder.resolve("deb").toString());
        Path root = folder.resolve("deb");

        assertEquals(
                new Ended(0, Version.text() + "\n"),
                Ended.of(Map.of(), root.resolve("usr/bin/imaged").toString(), "version"));
        assertEquals(List.of("/etc/default/imaged"), Files.readAllLines(root.resolve("DEBIAN/conffiles")));
        assertTrue(Files.isRegularFile(root.resolve("lib/systemd/system/imaged.service")));
        assertTrue(Files.isExecutable(root.resolve("DEBIAN/postinst")));
    }

    /** {@code Licenses} fails the build for a library without a licence; this is about what becomes of its files. */
    @Test
    void theJarHasItsLicenceAndThoseOfItsLibraries() throws IOException {
        try (JarFile jar = new JarFile(TARGET.resolve("imaged.jar").toFile())) {
            List<String> names = jar.stream().map(entry -> entry.getName()).toList();
            for (String library :
                    List.of("grpc-core", "guava", "jackson-core", "logback-core", "protobuf-java", "re2j")) {
                assertTrue(
                        names.stream()
                                .anyMatch(name -> name.matches("META-INF/licenses/" + library + "-\\d.*/LICENSE")),
                        library);
            }
            assertTrue(
                    names.stream().anyMatch(name -> name.matches("META-INF/licenses/grpc-netty-shaded-.*/NOTICE.txt")));
            assertEquals(1, names.stream().filter("META-INF/LICENSE"::equals).count());
        }
    }
}
