package dev.imaged.server.etcd;

import dev.imaged.server.store.record.ChangeLog.KnownRequest;

/** Whether a transaction that is a commit was carried out. */
sealed interface CommitOutcome {
    /** It was carried out. */
    record Committed(long revision) implements CommitOutcome {}

    /** It was not carried out, and never will be: something has changed that it depends on. */
    record Changed() implements CommitOutcome {}

    /** It was not carried out, because a request with the same id was before. */
    record Known(KnownRequest request) implements CommitOutcome {}

    /** It was not carried out, and never will be: another daemon had the right to write alone. */
    record Locked() implements CommitOutcome {}

    /** It was not carried out, and never will be, for a reason that is none of the commit: it may be sent again. */
    record NotDone() implements CommitOutcome {}
}
