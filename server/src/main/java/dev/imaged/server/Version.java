package dev.imaged.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** The version and the commit that the build wrote into the program. */
public final class Version {
    private static final String UNKNOWN = "unknown";

    /** The text in a file that {@code git archive} has not filled in. */
    private static final String PLACEHOLDER = "$Format";

    private static final String TEXT = read();

    private Version() {}

    /** Returns the name, the version and the commit. */
    public static String text() {
        return TEXT;
    }

    private static String read() {
        Properties build = new Properties();
        try (InputStream file = Version.class.getResourceAsStream("build.properties")) {
            if (file != null) {
                build.load(file);
            }
        } catch (IOException e) {
            // as if there were none
        }
        return "imaged " + build.getProperty("version", "(unknown version)") + " (commit " + commit(build) + ")";
    }

    /** In a build from a source archive, the commit that was archived. */
    static String commit(Properties build) {
        String commit = build.getProperty("commit", UNKNOWN);
        String archived = build.getProperty("archive", PLACEHOLDER);
        return commit.equals(UNKNOWN) && !archived.startsWith(PLACEHOLDER) ? archived : commit;
    }
}
