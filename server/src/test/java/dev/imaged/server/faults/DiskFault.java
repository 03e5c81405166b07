package dev.imaged.server.faults;

import dev.imaged.server.faults.Fault.Call;
import dev.imaged.server.faults.Fault.Errno;
import java.util.List;
import java.util.Set;

/**
 * A way in which disks fail, and what the daemon has to make of it.
 *
 * @param refuses whether a write is refused sooner or later
 * @param refusals the errors that writes may be refused with
 */
record DiskFault(String name, Fault fault, boolean refuses, List<String> refusals) {
    static final List<DiskFault> ALL = List.of(
            refusing("writes", Fault.of(Errno.EIO, Call.WRITE), "Unavailable"),
            refusing("torn writes", Fault.of(Errno.EIO, Call.WRITE).tearing(), "Unavailable"),
            refusing("syncs", Fault.of(Errno.EIO, Call.SYNC), "Unavailable"),
            refusing("writes and syncs", Fault.of(Errno.EIO, Call.WRITE, Call.SYNC), "Unavailable"),
            refusing("full", Fault.of(Errno.ENOSPC, Call.WRITE, Call.OPEN).tearing(), "ResourceExhausted"),
            refusing("full when synced", Fault.of(Errno.ENOSPC, Call.WRITE, Call.SYNC), "ResourceExhausted"),
            refusing("opens", Fault.of(Errno.EMFILE, Call.OPEN), "Unavailable"),
            refusing(
                    "read-only",
                    Fault.of(Errno.EROFS, Call.WRITE, Call.SYNC, Call.OPEN, Call.RENAME, Call.UNLINK, Call.TRUNCATE),
                    "Unavailable"),
            bearable("truncations", Fault.of(Errno.EIO, Call.TRUNCATE), "Unavailable"),
            bearable("deletions", Fault.of(Errno.EIO, Call.UNLINK, Call.RENAME), "Unavailable"),
            bearable("reads", Fault.of(Errno.EIO, Call.READ), "Unavailable", "DataLoss"));

    private static DiskFault refusing(String name, Fault fault, String refusal) {
        return new DiskFault(name, fault, true, List.of(refusal));
    }

    private static DiskFault bearable(String name, Fault fault, String... refusals) {
        return new DiskFault(name, fault, false, List.of(refusals));
    }

    /** Whether the calls come only with a new file of the log. */
    boolean isRare() {
        return Set.of(Call.OPEN, Call.TRUNCATE, Call.UNLINK, Call.RENAME).containsAll(fault.calls());
    }

    /** Whether reads may fail, too. */
    boolean failsReads() {
        return fault.calls().contains(Call.READ);
    }

    @Override
    public String toString() {
        return name;
    }
}
