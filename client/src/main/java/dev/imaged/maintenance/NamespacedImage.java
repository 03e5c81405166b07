package dev.imaged.maintenance;

import dev.imaged.images.Image;

/** An image and its namespace. */
public record NamespacedImage(String namespace, Image image) {}
