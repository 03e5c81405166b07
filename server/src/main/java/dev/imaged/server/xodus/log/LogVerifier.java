package dev.imaged.server.xodus.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import jetbrains.exodus.log.LogUtil;

/**
 * Looks whether all files of a log are there, as long as they have to be and in their places, before the engine opens them: it
 * takes what it cannot read for the end of the log, and removes what is behind. Changes nothing.
 */
record LogVerifier(ChecksumFolder checksums, LogLedger ledger) {
    /** Returns what is wrong with the files, each problem naming one; what is synced of the newest is read. */
    List<String> problems() throws IOException {
        List<String> problems = new ArrayList<>();
        if (ledger.hasForeignNote()) {
            problems.add("file " + LogLedger.NOTE
                    + " is of another store (after the folder of the database was restored alone," + " delete it)");
        }
        NavigableSet<Long> files = files(LogUtil.LOG_FILE_EXTENSION, problems);
        NavigableSet<Long> known = files(ChecksumFile.SUFFIX, new ArrayList<>());
        addMissing(problems, files, known);
        for (long address : ledger.unlistedNewer(files)) {
            if (Files.size(path(address)) > 0) {
                problems.add("file " + LogUtil.getLogFilename(address) + " is newer than the files that are listed");
            }
        }
        for (long address : files) {
            addMisplaced(problems, address);
            addWrongLength(problems, address, files.last());
        }
        if (!files.isEmpty()) {
            problems.addAll(FileCheck.problems(checksums, files.last()));
        }
        addLostEnd(problems, files);
        return problems;
    }

    /** A gap is where a file was cleaned, or lost: its checksums may be left of it, or the list of files names it. */
    private void addMissing(List<String> problems, NavigableSet<Long> files, NavigableSet<Long> known) {
        NavigableSet<Long> expected = ledger.listedBelow(ledger.acknowledged());
        known.stream().filter(this::hasSynced).forEach(expected::add);
        expected.removeAll(files);
        expected.forEach(address -> problems.add(missing(address)));
    }

    /** Whether there has to be a file, because its checksums say so. */
    boolean hasSynced(long address) {
        PageChecksums of = checksums.of(address);
        return of.syncedLength() > 0 && of.stranger() == null && !ledger.isDropped(address);
    }

    private void addMisplaced(List<String> problems, long address) {
        String name = LogUtil.getLogFilename(address);
        ChecksumFile.Owner stranger = checksums.of(address).stranger();
        if (address % checksums.fileBytes() != 0) {
            problems.add("file " + name + " does not belong to the log: its name is not one of " + checksums.fileBytes()
                    + " bytes each");
        } else if (stranger != null) {
            problems.add("file " + checksums.path(address).getFileName() + " is that of file "
                    + LogUtil.getLogFilename(stranger.address())
                    + (stranger.log().equals(ledger.log()) ? "" : " of another store"));
        }
    }

    /** A file that is not the newest is complete, and so are its checksums: they were synced before the next file began. */
    private void addWrongLength(List<String> problems, long address, long newest) throws IOException {
        String name = LogUtil.getLogFilename(address);
        long length = Files.size(path(address));
        long synced = checksums.of(address).syncedLength();
        if (length > checksums.fileBytes() || (address < newest && length < checksums.fileBytes())) {
            problems.add("file " + name + " has " + length + " bytes, and " + checksums.fileBytes() + " belong to it");
        } else if (address < newest && synced > 0 && synced < checksums.fileBytes() && hasNext(address)) {
            problems.add("file " + checksums.path(address).getFileName() + " is an older copy: it knows of " + synced
                    + " bytes of file " + name);
        }
    }

    /** Whether writes were acknowledged behind a file. */
    private boolean hasNext(long address) {
        return address + checksums.fileBytes() < ledger.acknowledged();
    }

    /** The newest files may be missing with their checksums, or an older copy may be there instead. */
    private void addLostEnd(List<String> problems, NavigableSet<Long> files) throws IOException {
        if (!problems.isEmpty()) {
            return; // which say the same more exactly
        }
        long end = 0;
        if (!files.isEmpty()) {
            long newest = files.last();
            long kept = UnsyncedTail.keptLength(checksums, newest, 0);
            end = newest + Math.max(kept, UnsyncedTail.writtenLength(checksums, newest));
        }
        if (end < ledger.acknowledged()) {
            long lost = ledger.acknowledged() - 1;
            problems.add("file " + LogUtil.getLogFilename(lost - lost % checksums.fileBytes())
                    + " is missing or an older copy: the log ends at address " + end + ", and writes up to "
                    + ledger.acknowledged() + " were acknowledged");
        }
    }

    private Path path(long address) {
        return checksums.folder().resolve(LogUtil.getLogFilename(address));
    }

    static String missing(long address) {
        return "file " + LogUtil.getLogFilename(address) + " is missing";
    }

    /** Returns the addresses of the files with a suffix. */
    NavigableSet<Long> files(String suffix) throws IOException {
        return files(suffix, new ArrayList<>());
    }

    private NavigableSet<Long> files(String suffix, List<String> problems) throws IOException {
        NavigableSet<Long> addresses = new TreeSet<>();
        try (Stream<Path> files = Files.list(checksums.folder())) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(suffix)).toList()) {
                String name = file.getFileName().toString();
                String log = name.substring(0, name.length() - suffix.length()) + LogUtil.LOG_FILE_EXTENSION;
                if (LogUtil.isLogFileName(log) && Files.isRegularFile(file)) {
                    addresses.add(LogUtil.getAddress(log));
                } else if (log.length() == LogUtil.LOG_FILE_NAME_WITH_EXT_LENGTH) { // which the engine takes for one
                    problems.add("file " + name + " does not belong to the log");
                }
            }
        }
        return addresses;
    }
}
