package dev.imaged.content;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Named files, in a folder or in a tar. A path is relative, with slashes. Thread-safe. */
interface LayoutFiles {
    /** Returns the place of a file, or null when the file does not exist. */
    @Nullable
    FileExtent find(String path) throws IOException;

    /**
     * Returns the reason why {@link #find} finds no file at a path, in words that follow the path in a message, for
     * example {@code is a folder}; null when there is nothing.
     */
    @Nullable
    String obstacle(String path) throws IOException;

    /** Returns the name of a file in messages. */
    String describe(String path);

    /** Closes the files that are open between two calls. */
    default void close() throws IOException {}
}
