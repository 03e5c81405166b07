package dev.imaged.server.store;

import dev.imaged.images.Image;

/** A record together with the image that it holds. */
record StoredImage(ImageRecord record, Image image) {}
