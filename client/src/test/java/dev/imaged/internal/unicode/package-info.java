/** Tests of sets of code points. */
package dev.imaged.internal.unicode;
