package dev.imaged.server.etcd;

import dev.imaged.server.store.record.ChangeLog.KnownRequest;

/** What became of a transaction that is a commit. */
sealed interface CommitOutcome {
    /** It was carried out, and the view has it, unless that takes very long. */
    record Committed(long revision) implements CommitOutcome {}

    /** It was not carried out, and never will be: something has changed that it depends on. */
    record Changed() implements CommitOutcome {}

    /** It was not carried out, because a request with the same id was before. The view has that commit, unless that takes very long. */
    record Known(KnownRequest request) implements CommitOutcome {}

    /** It was not carried out, and never will be: another daemon had the right to write alone. */
    record Locked() implements CommitOutcome {}
}
