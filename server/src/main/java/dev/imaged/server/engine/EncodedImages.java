package dev.imaged.server.engine;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageStore;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The images of one namespace as encoded {@code Image} messages: stored bytes go to the wire without being parsed.
 * {@link ImageStore} says what each call means. Thread-safe.
 */
public interface EncodedImages {
    /**
     * Returns an image. It may run on a transport thread: it reads memory, and a few pages of the database on a miss.
     *
     * @throws ImageException.NotFound when there is no such image
     */
    ByteString get(String name);

    /**
     * Plans a list; nothing is read yet.
     *
     * @throws ImageException.InvalidArgument when a filter cannot be parsed
     */
    ImageQuery list(List<String> filters);

    /** Hands a create over and returns at once; the future completes, in commit order, once the write is durable. */
    CompletableFuture<ByteString> create(Image image, WriteOptions options);

    /** Hands an update over and returns at once, as {@link #create}. */
    CompletableFuture<ByteString> update(Image image, UpdateMask mask, WriteOptions options);

    /** Hands a delete over and returns at once, as {@link #create}. */
    CompletableFuture<Void> delete(String name, DeleteOptions options);
}
