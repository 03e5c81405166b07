/**
 * Texts: quoted and shortened for messages, in the order of their UTF-8 bytes, checked for halves of characters.
 *
 * <p>Internal: shared by the library and the daemon, and may change at any time.
 */
@NullMarked
package dev.imaged.internal.text;

import org.jspecify.annotations.NullMarked;
