package dev.imaged.server.store.record;

import java.time.Instant;

/**
 * One committed mutation.
 *
 * @param revision its place in the order of all mutations, from 1
 * @param time when it was made, UTC
 * @param previous the revision of the change of the same name before this one, 0 when there is none; that change may be dropped by now
 * @param before the encoded image before, empty when the mutation created it
 * @param after the encoded image after, empty when the mutation removed it
 */
public record Change(
        long revision,
        Instant time,
        Kind kind,
        String namespace,
        String name,
        long previous,
        byte[] before,
        byte[] after) {
    /** The kind of a mutation; its number is stored. */
    public enum Kind {
        CREATE(1),
        UPDATE(2),
        DELETE(3);

        final byte number;

        Kind(int number) {
            this.number = (byte) number;
        }

        /**
         * Returns the kind of a number.
         *
         * @throws IllegalArgumentException when no kind has it
         */
        public static Kind of(byte number) {
            for (Kind kind : values()) {
                if (kind.number == number) {
                    return kind;
                }
            }
            throw new IllegalArgumentException("of unknown kind " + number);
        }
    }
}
