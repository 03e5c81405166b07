package dev.imaged.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file that holds blobs. Thread-safe. */
interface FileSource {
    /** Opens the file for one reader. */
    ContentReader open() throws IOException;

    /** Closes the files that are open between two readers. */
    default void close() throws IOException {}

    /** Returns the file at a path. Nothing is held open between two readers. */
    static FileSource of(Path path) {
        return () -> new ChannelReader(FileChannel.open(path));
    }

    /** A reader with a channel of its own, because an interrupt of a thread that reads closes the channel. */
    record ChannelReader(FileChannel channel, long size) implements ContentReader {
        ChannelReader(FileChannel channel) throws IOException {
            this(channel, channel.size());
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return channel.read(target, position);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
