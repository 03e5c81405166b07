import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes a jar with the licence files of each library on the class path, in {@code META-INF/licenses/LIBRARY/}. All libraries
 * give these files the same names, so that a shaded jar would keep those of one library only. A library whose jar has no
 * licence gets the file that {@code licenses.properties} names for it. When that names none, the build fails.
 *
 * <p>Arguments: the jar to write; {@code licenses.properties}, to which the files that it names are relative; our licence.
 */
public final class Licenses {
    private static final Pattern LICENSE = Pattern.compile(
            "(META-INF/)?((license|notice|licenses)/.+|(license|licence|notice|copying|copyright)([.-][^/]*)?)",
            Pattern.CASE_INSENSITIVE);

    /** The same in each build, whatever its time zone: 1980-01-01 would be kept as an instant, too. */
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

    private final JarOutputStream out;
    private final Path list;
    private final Properties known = new Properties();
    private final List<String> missing = new ArrayList<>();

    private Licenses(JarOutputStream out, Path list) throws IOException {
        this.out = out;
        this.list = list;
        try (InputStream in = Files.newInputStream(list)) {
            known.load(in);
        }
    }

    public static void main(String[] args) throws IOException {
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(Path.of(args[0])))) {
            Licenses licenses = new Licenses(out, Path.of(args[1]));
            Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                    .map(Path::of)
                    .filter(Files::isRegularFile)
                    .filter(file -> !name(file).startsWith("imaged-"))
                    .sorted(Comparator.comparing(Licenses::name))
                    .forEach(licenses::add);
            licenses.write("LICENSE", Files.readAllBytes(Path.of(args[2])));
            if (!licenses.missing.isEmpty()) {
                throw new IllegalStateException(
                        "neither a licence in it, nor a line in " + args[1] + ": " + licenses.missing);
            }
        }
    }

    private static String name(Path jar) {
        return jar.getFileName().toString().replaceFirst("\\.jar$", "");
    }

    private void add(Path file) {
        String name = name(file);
        boolean licensed = false;
        try (JarFile jar = new JarFile(file.toFile())) {
            for (JarEntry entry :
                    jar.stream().sorted(Comparator.comparing(JarEntry::getName)).toList()) {
                if (!entry.isDirectory() && LICENSE.matcher(entry.getName()).matches()) {
                    licensed |= !entry.getName().toUpperCase(Locale.ROOT).contains("NOTICE");
                    byte[] text = jar.getInputStream(entry).readAllBytes();
                    write("licenses/" + name + "/" + entry.getName().replace("META-INF/", ""), text);
                }
            }
            String license = known.getProperty(name.replaceFirst("-[0-9].*", ""));
            if (!licensed && license != null) {
                write("licenses/" + name + "/LICENSE", Files.readAllBytes(list.resolveSibling(license)));
            } else if (!licensed) {
                missing.add(name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(String name, byte[] bytes) throws IOException {
        JarEntry entry = new JarEntry("META-INF/" + name);
        entry.setTimeLocal(TIME);
        out.putNextEntry(entry);
        out.write(bytes);
    }
}
