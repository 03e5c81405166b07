package dev.imaged.content;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Named files, wherever they lie. A path is relative, with slashes. Thread-safe. */
interface LayoutFiles {
    /** Returns where a file lies, null when there is no such file. */
    @Nullable
    FileExtent find(String path) throws IOException;

    /** Returns what a message calls a file. */
    String describe(String path);
}
