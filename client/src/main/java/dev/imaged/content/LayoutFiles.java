package dev.imaged.content;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.OptionalLong;

/** The files of a layout, wherever they lie. A path is relative, with slashes. Thread-safe. */
interface LayoutFiles extends Closeable {
    /** Returns the size of a file in bytes, empty when there is no such file. */
    OptionalLong size(String path) throws IOException;

    /** Opens a file that is there. */
    InputStream open(String path) throws IOException;

    /** Returns what a message calls a file. */
    String describe(String path);
}
