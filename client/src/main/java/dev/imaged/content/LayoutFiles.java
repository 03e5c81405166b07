package dev.imaged.content;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Named files, wherever they lie. A path is relative, with slashes. Thread-safe. */
interface LayoutFiles {
    /** Returns where a file lies, null when there is no such file. */
    @Nullable
    FileExtent find(String path) throws IOException;

    /**
     * Returns what lies where {@link #find} finds no file, as a message goes on after the path: for example {@code is a
     * folder}; null when nothing does.
     */
    @Nullable
    String obstacle(String path) throws IOException;

    /** Returns what a message calls a file. */
    String describe(String path);

    /** Releases what is held open between two calls. */
    default void close() throws IOException {}
}
