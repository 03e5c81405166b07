package dev.imaged.server.store.record;

import dev.imaged.images.Image;

/** A record together with the image that it holds. */
public record DecodedRecord(EncodedRecord record, Image image) {}
