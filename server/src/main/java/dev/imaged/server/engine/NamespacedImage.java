package dev.imaged.server.engine;

import dev.imaged.images.Image;

/** An image, and the namespace that it is in. */
public record NamespacedImage(String namespace, Image image) {}
