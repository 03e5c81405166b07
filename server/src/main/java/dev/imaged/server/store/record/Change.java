package dev.imaged.server.store.record;

import java.time.Instant;

/**
 * What one commit did to one image.
 *
 * @param revision of the commit: its place in the order of all commits, from 1
 * @param index its place among the changes of the commit, from 0, in the order of the names
 * @param time when the commit was made, UTC
 * @param previous the revision of the change of the same name before this one, 0 when there is none; that change may be dropped by now
 * @param created the revision that created the image, since its name was last free; 0 when it is not known, as in changes that were
 *     made with schema 2
 * @param before the encoded image before, empty when the change created it
 * @param after the encoded image after, empty when the change removed it
 * @param cause who asked for the commit; the same in all of its changes
 */
public record Change(
        long revision,
        int index,
        Instant time,
        Kind kind,
        String namespace,
        String name,
        long previous,
        long created,
        byte[] before,
        byte[] after,
        Cause cause) {
    /** Returns the key of the change. */
    public byte[] key() {
        return Keys.change(revision, index);
    }

    /** The kind of a change; its number is stored. */
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
