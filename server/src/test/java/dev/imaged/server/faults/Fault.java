package dev.imaged.server.faults;

import java.util.EnumSet;
import java.util.Set;

/**
 * Calls on files that fail.
 *
 * @param calls which calls
 * @param error what the caller is told
 * @param torn whether a write that fails first writes some of its sectors
 */
record Fault(Set<Call> calls, Errno error, boolean torn) {
    /** The calls that can fail, with their bits in the control file of {@code faults.c}. */
    enum Call {
        WRITE(1),
        SYNC(2),
        OPEN(4),
        RENAME(8),
        UNLINK(16),
        READ(32),
        TRUNCATE(64);

        final int bit;

        Call(int bit) {
            this.bit = bit;
        }
    }

    /** Errors of the system, with their numbers on Linux. */
    enum Errno {
        EIO(5),
        EMFILE(24),
        ENOSPC(28),
        EROFS(30);

        final int number;

        Errno(int number) {
            this.number = number;
        }
    }

    static Fault of(Errno error, Call first, Call... rest) {
        return new Fault(EnumSet.of(first, rest), error, false);
    }

    /** The same, with writes of which some sectors come to the disk. */
    Fault tearing() {
        return new Fault(calls, error, true);
    }
}
