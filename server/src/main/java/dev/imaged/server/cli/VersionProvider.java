package dev.imaged.server.cli;

import dev.imaged.server.Version;
import picocli.CommandLine.IVersionProvider;

/** Provides the line of {@code --version}. */
final class VersionProvider implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {Version.text()};
    }
}
