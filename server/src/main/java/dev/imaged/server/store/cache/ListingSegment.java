package dev.imaged.server.store.cache;

import com.google.protobuf.ByteString;

/**
 * Images whose names follow each other, as they stand in a response.
 *
 * @param start the key from which on images belong to it, up to the start of the next one
 * @param images the images, each with its tag and length before it
 */
record ListingSegment(byte[] start, ByteString images) {}
