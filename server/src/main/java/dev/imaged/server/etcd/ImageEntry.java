package dev.imaged.server.etcd;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.images.Image;
import dev.imaged.images.ImageValidator;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.etcd.KeyValue;
import dev.imaged.server.store.record.Keys;
import dev.imaged.server.store.write.WriteTransaction;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.util.Arrays;

/** Reads images from their keys and values in etcd, where other programs may write, too. */
final class ImageEntry {
    private ImageEntry() {}

    /**
     * Returns the image of a key.
     *
     * @throws DataLoss when the key and the value are not what a daemon writes
     */
    static Image image(EtcdKeys keys, KeyValue entry) {
        byte[] key = keys.storeKey(entry.getKey());
        try {
            Image image = ImageProtos.fromProto(dev.imaged.proto.images.v1.Image.parseFrom(entry.getValue()));
            String namespace = namespace(key);
            ImageValidator.requireNamespace(namespace);
            if (!Arrays.equals(Keys.image(namespace, image.name()), key)) {
                throw new DataLoss("the value is that of an image with another name", null);
            }
            WriteTransaction.requireFitting(image, entry.getValue().size());
            return image;
        } catch (InvalidProtocolBufferException | ImageException | DateTimeException e) {
            throw new DataLoss(String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns the namespace in the key of an image. */
    static String namespace(byte[] key) {
        for (int i = 0; i < key.length; i++) {
            if (key[i] == 0) {
                return new String(key, 0, i, StandardCharsets.UTF_8);
            }
        }
        throw new DataLoss("the key has no namespace", null);
    }
}
