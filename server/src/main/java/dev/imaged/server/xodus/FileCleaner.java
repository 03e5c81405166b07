package dev.imaged.server.xodus;

import dev.imaged.errors.ImageException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import jetbrains.exodus.core.dataStructures.Priority;
import jetbrains.exodus.core.execution.Job;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.log.Log;
import jetbrains.exodus.log.LogUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleans one file of the log, when asked: what is in use of it is written again, and the file is deleted. The engine does so by
 * itself only when much less of all its files is in use. Thread-safe.
 */
final class FileCleaner {
    private static final Logger log = LoggerFactory.getLogger(FileCleaner.class);

    /** Percent of all files, and of one, that may stay free. */
    private static final int MAX_FREE = 10;

    /** How many times as long as the last file took nothing is cleaned: it takes a twentieth of a core. */
    private static final int REST = 20;

    /** The rest after one that failed, as on a full disk, or that wrote nearly as much as it freed. */
    private static final Duration LONG_REST = Duration.ofMinutes(1);

    private static final long NONE = -1;

    private final EnvironmentImpl environment;
    private final CleanOne job = new CleanOne();

    /** Files that were cleaned and are about to be deleted, or that cannot be: not all can be read that is in use of them. */
    private final Set<Long> done = new HashSet<>();

    private volatile long restUntil = System.nanoTime();

    FileCleaner(EnvironmentImpl environment) {
        this.environment = environment;
    }

    /** Has the file cleaned of which least is in use, if that is worth it, on the engine's cleaner's thread. */
    void cleanOne() {
        environment.getGC().getCleanerJobProcessor().queue(job, Priority.normal);
    }

    /** Nothing is cleaned for a while: it would fail again. */
    void pause() {
        restUntil = System.nanoTime() + LONG_REST.toNanos();
    }

    /** Always the same, so that it waits once at most. */
    private final class CleanOne extends Job {
        @Override
        protected void execute() {
            long file = System.nanoTime() - restUntil < 0 ? NONE : emptiest();
            if (file != NONE) {
                clean(file);
            }
        }
    }

    private void clean(long file) {
        Log files = environment.getLog();
        long before = files.getHighAddress();
        long began = System.nanoTime();
        Duration rest = LONG_REST;
        try {
            if (environment.getGC().doCleanFile(file)) {
                done.add(file);
                environment.getGC().getUtilizationProfile().setDirty(true); // is written with the next commit
            }
            long gained = files.getFileLengthBound() - (files.getHighAddress() - before);
            if (gained >= maxFree() / 2) {
                rest = Duration.ofNanos(System.nanoTime() - began).multipliedBy(REST);
            }
        } catch (ImageException.DataLoss e) {
            done.add(file);
            log.warn("file {} of the log stays as it is: {}", LogUtil.getLogFilename(file), e.getMessage());
            rest = Duration.ZERO;
        } catch (RuntimeException e) {
            log.warn("file {} of the log is not cleaned now: {}", LogUtil.getLogFilename(file), e.toString());
        }
        restUntil = System.nanoTime() + rest.toNanos();
    }

    private long maxFree() {
        return environment.getLog().getFileLengthBound() * MAX_FREE / 100;
    }

    /** Returns the address of the file of which least is in use; none when enough is in use of it, or of all of them. */
    private long emptiest() {
        long[] addresses = environment.getLog().getAllFileAddresses(); // the newest first
        done.retainAll(Arrays.stream(addresses).boxed().toList());
        int newest = environment.getEnvironmentConfig().getGcFileMinAge();
        long emptiest = NONE;
        long mostFree = maxFree();
        long allFree = 0;
        boolean isKnown = false;
        for (int i = newest; i < addresses.length; i++) {
            long free = environment.getGC().getFileFreeBytes(addresses[i]);
            isKnown |= free != Long.MAX_VALUE; // else nothing of it is in use, or it is not known of any file yet
            free = Math.min(free, environment.getLog().getFileLengthBound());
            allFree += free;
            if (free > mostFree && !done.contains(addresses[i])) {
                emptiest = addresses[i];
                mostFree = free;
            }
        }
        boolean isWorthIt = isKnown && allFree > maxFree() * (addresses.length - newest);
        return isWorthIt ? emptiest : NONE;
    }
}
