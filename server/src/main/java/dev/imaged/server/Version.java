package dev.imaged.server;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version and the commit that the build wrote into the program. */
final class Version implements IVersionProvider {
    private static final String TEXT = read();

    /** Returns the name, the version and the commit. */
    static String text() {
        return TEXT;
    }

    @Override
    public String[] getVersion() {
        return new String[] {TEXT};
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
        return "imaged " + build.getProperty("version", "(unknown version)") + " (commit "
                + build.getProperty("commit", "unknown") + ")";
    }
}
