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
 * Checks that all files of a log are there, long enough and in their places, before the engine opens them. The engine takes
 * bytes that it cannot read for the end of the log, and removes everything behind them. Changes nothing.
 */
record LogVerifier(ChecksumFolder checksums, LogLedger ledger) {
    /** Returns the problems of the files, each with a name. The synced part of the newest file is read. */
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

    /** Finds lost files: the list names such a file, or its checksums are there. A cleaned file is not in the list any more. */
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
            problems.add("file " + name + " does not belong to the log: its name is not the address of a file of "
                    + checksums.fileBytes() + " bytes");
        } else if (stranger != null) {
            problems.add("file " + checksums.path(address).getFileName() + " is that of file "
                    + LogUtil.getLogFilename(stranger.address())
                    + (stranger.log().equals(ledger.log()) ? "" : " of another store"));
        }
    }

    /** Any file but the newest is complete, and so are its checksums: they were synced before the next file was started. */
    private void addWrongLength(List<String> problems, long address, long newest) throws IOException {
        String name = LogUtil.getLogFilename(address);
        long length = Files.size(path(address));
        long synced = checksums.of(address).syncedLength();
        if (length > checksums.fileBytes() || (address < newest && length < checksums.fileBytes())) {
            problems.add("file " + name + " has " + length + " bytes instead of " + checksums.fileBytes());
        } else if (address < newest && synced > 0 && synced < checksums.fileBytes() && hasNext(address)) {
            problems.add("file " + checksums.path(address).getFileName() + " is an older copy: it knows of " + synced
                    + " bytes of file " + name);
        }
    }

    /** Whether writes behind a file were acknowledged. */
    private boolean hasNext(long address) {
        return address + checksums.fileBytes() < ledger.acknowledged();
    }

    /** Finds a lost end: the newest files may be missing with their checksums, or may be older copies. */
    private void addLostEnd(List<String> problems, NavigableSet<Long> files) throws IOException {
        if (!problems.isEmpty()) {
            return; // they say the same more exactly
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
                } else if (log.length()
                        == LogUtil.LOG_FILE_NAME_WITH_EXT_LENGTH) { // the engine takes it for a file of the log
                    problems.add("file " + name + " does not belong to the log");
                }
            }
        }
        return addresses;
    }
}
