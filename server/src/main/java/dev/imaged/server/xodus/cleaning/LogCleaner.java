package dev.imaged.server.xodus.cleaning;

import dev.imaged.errors.ImageException;
import dev.imaged.server.store.kv.WriteActivity;
import dev.imaged.server.xodus.log.LogFiles;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import jetbrains.exodus.core.execution.Job;
import jetbrains.exodus.core.execution.JobProcessorAdapter;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.TransactionAcquireTimeoutException;
import jetbrains.exodus.gc.UtilizationProfile;
import jetbrains.exodus.io.RemoveBlockType;
import jetbrains.exodus.log.LogUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cleans the files of the log: what is in use of one is written again, and the file is deleted. All writes wait meanwhile, so it
 * does that in short slices with rests between them, instead of the engine's own cleaner, which takes a whole file at once.
 * Thread-safe.
 */
public final class LogCleaner {
    private static final Logger log = LoggerFactory.getLogger(LogCleaner.class);

    /** How long writes wait for a slice, about, when there are many. */
    private static final Duration SLICE = Duration.ofMillis(3);

    /** How long a slice works when there are few: what leads to moved entries is written again in each, so long ones leave less behind. */
    private static final Duration LIGHT_SLICE = Duration.ofMillis(15);

    /** The same when there are none; a write that comes waits while what was moved is written, a third of that time. */
    private static final Duration IDLE_SLICE = Duration.ofMillis(50);

    /** How long it may work under a load, to keep up with commits that are as long. */
    private static final Duration MAX_SLICE = Duration.ofMillis(50);

    /** Percent of all files, and of one, that may stay free while there is next to nothing to write. */
    private static final int MAX_FREE_WHEN_LIGHT = 10;

    /** Percent that may stay free under a load: cleaning costs less the less is in use, so files may take three times of that. */
    private static final int MAX_FREE = 67;

    /** How much more percent are free when there is no rest any more between slices, but what writes take by turns. */
    private static final int MAX_LATE = 10;

    /** The longest rest, in times of what the slice before took: a twentieth of a core. */
    private static final int REST = 20;

    /** The same under a load when no more is free than may be: cleaning takes about a fifth of the time. */
    private static final int HEAVY_REST = 4;

    /** The rest after a slice that failed, as on a full disk, or files of which nearly as much was written again as was freed. */
    private static final Duration LONG_REST = Duration.ofMinutes(1);

    /**
     * When the engine finds out what is in use of the files, in milliseconds after the start, if that is not stored. It walks all
     * trees. For a large log it waits longer, so that the first calls do not compete with it.
     */
    private static final int SURVEY_MILLIS = 500;

    private static final int LATE_SURVEY_MILLIS = 3000;

    /** So many files are walked in a fraction of a second. */
    private static final int FEW_FILES = 8;

    /** The rest between the survey and the first cleaning. A daemon that is killed every few seconds has to clean, too. */
    private static final Duration AFTER_SURVEY = Duration.ofMillis(500);

    /** Others may be about to read of a file of which nothing is in use any more. */
    private static final Duration DELETION_DELAY = Duration.ofSeconds(1);

    private final EnvironmentImpl environment;
    private final LogFiles files;
    private final UtilizationProfile profile;
    private final JobProcessorAdapter thread;
    private final Job next = job(this::next);

    /** Files that were cleaned and are about to be deleted, or that cannot be cleaned: not all can be read that is in use of them. */
    private final Set<Long> done = new HashSet<>();

    private @Nullable FileEvacuation current;

    /** How many in a row were hardly worth it. */
    private int poorFiles;

    private final SlicePace pace = new SlicePace(System::nanoTime);

    /** When the slice before ended. */
    private long sliceEnded = System.nanoTime();

    private volatile WriteActivity activity = WriteActivity.BUSY;
    private volatile long restUntil;

    /**
     * What there is to clean.
     *
     * @param freePercent how much of all files is free
     * @param file the one to clean next
     * @param freeBytes how much of that is free
     */
    private record Survey(long freePercent, long file, long freeBytes) {}

    private static final Survey NOTHING = new Survey(0, 0, 0);

    public LogCleaner(EnvironmentImpl environment, LogFiles files) {
        this.environment = environment;
        this.files = files;
        this.profile = environment.getGC().getUtilizationProfile();
        this.thread = environment.getGC().getCleanerJobProcessor();
        int survey = environment.getEnvironmentConfig().getGcStartIn();
        this.restUntil = System.nanoTime() + AFTER_SURVEY.plusMillis(survey).toNanos();
        environment.getGC().suspend();
    }

    /** Returns how long after the start the engine may find out what is in use of a number of files, in milliseconds. */
    public static int surveyMillis(int files) {
        return files <= FEW_FILES ? SURVEY_MILLIS : LATE_SURVEY_MILLIS;
    }

    /**
     * Has a file cleaned, if that is worth it, on the engine's cleaner's thread; to be called again and again.
     *
     * @param now how much there is to write
     */
    public void clean(WriteActivity now) {
        activity = now;
        thread.queue(next);
    }

    /** Runs what waits until it may write. A slice of cleaning makes way for it, unless there is much to write all the time. */
    public <T> T makeWay(Supplier<T> wait) {
        return pace.makeWay(wait);
    }

    /** Nothing is cleaned for a while: it would fail again. */
    public void pause() {
        restUntil = System.nanoTime() + LONG_REST.toNanos();
    }

    private static Job job(Runnable task) {
        return new Job() {
            @Override
            protected void execute() {
                try {
                    task.run();
                } catch (Throwable e) { // Kotlin throws checked exceptions undeclared, and the thread has to go on
                    log.error("the cleaning of files broke", e);
                }
            }
        };
    }

    private void next() {
        if (System.nanoTime() - restUntil < 0 || !environment.isOpen()) {
            return;
        }
        Survey survey = survey();
        FileEvacuation cleaning = current;
        current = null; // one that breaks in the midst of a slice cannot be gone on with
        if (cleaning == null && isWorthIt(survey)) {
            cleaning = new FileEvacuation(environment, survey.file());
        }
        if (cleaning != null) {
            rest(slice(cleaning, survey));
        }
    }

    /** Goes on with a file and returns how long to rest. */
    private Duration slice(FileEvacuation cleaning, Survey survey) {
        long began = System.nanoTime();
        try {
            if (!cleaning.slice(() -> enough(survey))) {
                current = cleaning;
            } else if (finish(cleaning) && activity != WriteActivity.BUSY && survey.freePercent() <= MAX_FREE) {
                return LONG_REST;
            }
            return Duration.ofNanos((long) ((System.nanoTime() - began) * restTimes(survey)));
        } catch (TransactionAcquireTimeoutException e) {
            current = cleaning; // it has not begun
            return Duration.ZERO;
        } catch (ImageException.DataLoss e) {
            done.add(cleaning.file());
            log.warn("file {} of the log stays as it is: {}", name(cleaning.file()), e.getMessage());
            return Duration.ZERO;
        } catch (Throwable e) { // Kotlin throws checked exceptions undeclared
            if (!files.hasFailed()) {
                done.add(cleaning.file()); // another may do
            }
            log.warn("file {} of the log is not cleaned: {}", name(cleaning.file()), e.toString());
            return LONG_REST;
        }
    }

    /** Has a file deleted that was cleaned; says whether moving what is in use might go on for ever. */
    private boolean finish(FileEvacuation cleaning) {
        deleteLater(cleaning.file());
        long gained = environment.getLog().getFileLengthBound() - cleaning.moved();
        poorFiles = gained < bytes(MAX_FREE_WHEN_LIGHT) / 2 ? poorFiles + 1 : 0;
        return poorFiles > 1;
    }

    private BooleanSupplier enough(Survey survey) {
        return switch (activity) {
            case IDLE -> pace.patient(IDLE_SLICE);
            case LIGHT -> pace.patient(LIGHT_SLICE);
            case BUSY -> pace.firm(survey.freePercent() > MAX_FREE + MAX_LATE ? catchingUp() : SLICE);
        };
    }

    /** A slice comes after each commit at most; where those are long, it has to be as long to keep up. */
    private Duration catchingUp() {
        long others = System.nanoTime() - sliceEnded;
        return Duration.ofNanos(Math.max(SLICE.toNanos(), Math.min(others, MAX_SLICE.toNanos())));
    }

    private double restTimes(Survey survey) {
        double late = survey.freePercent() - MAX_FREE;
        return activity != WriteActivity.BUSY
                ? REST / 2.0 // as such a slice rests for half of its time itself
                : Math.min(REST, Math.max(0, (MAX_LATE - late) * HEAVY_REST / MAX_LATE));
    }

    private void rest(Duration rest) {
        sliceEnded = System.nanoTime();
        restUntil = sliceEnded + rest.toNanos();
        thread.queueIn(next, rest.toMillis() + 1);
    }

    /** Deletes a file once nobody reads what it was in use for. */
    private void deleteLater(long file) {
        done.add(file);
        Job deletion = job(() -> delete(file));
        environment.executeTransactionSafeTask(() -> thread.queueIn(deletion, DELETION_DELAY.toMillis()));
    }

    private void delete(long file) {
        if (!environment.isOpen()) {
            return;
        }
        try {
            environment.flushAndSync(); // what was moved
            files.allowRemoval(file, environment.getMetaTree().getLogTip().highAddress);
            environment.removeFiles(new long[] {file}, RemoveBlockType.Delete);
            // These two are internal to the engine's module, which Kotlin writes into their names.
            profile.removeFile$xodus_environment(file);
            profile.estimateTotalBytes$xodus_environment();
            profile.setDirty(true); // is written with the next commit
        } catch (Throwable e) { // Kotlin throws checked exceptions undeclared
            log.warn("file {} of the log is not deleted yet: {}", name(file), e.toString());
            thread.queueIn(job(() -> delete(file)), LONG_REST.toMillis());
        }
    }

    private static String name(long file) {
        return LogUtil.getLogFilename(file);
    }

    private long bytes(int percent) {
        return environment.getLog().getFileLengthBound() * percent / 100;
    }

    private boolean isWorthIt(Survey survey) {
        int most = activity == WriteActivity.BUSY ? MAX_FREE : MAX_FREE_WHEN_LIGHT;
        return survey.freePercent() > most && survey.freeBytes() > bytes(most);
    }

    /** Looks at all files but the newest, for the emptiest. */
    private Survey survey() {
        long[] addresses = environment.getLog().getAllFileAddresses(); // the newest first
        done.retainAll(Arrays.stream(addresses).boxed().toList());
        long length = environment.getLog().getFileLengthBound();
        long emptiest = 0;
        long mostFree = 0;
        long allFree = 0;
        int count = 0;
        boolean isKnown = false;
        for (int i = environment.getEnvironmentConfig().getGcFileMinAge(); i < addresses.length; i++) {
            if (done.contains(addresses[i])) {
                continue;
            }
            long free = environment.getGC().getFileFreeBytes(addresses[i]);
            isKnown |= free != Long.MAX_VALUE; // else nothing of it is in use, or it is not known of any file yet
            free = Math.min(free, length);
            count++;
            allFree += free;
            if (free > mostFree) {
                emptiest = addresses[i];
                mostFree = free;
            }
        }
        return isKnown ? new Survey(100 * allFree / (count * length), emptiest, mostFree) : NOTHING;
    }
}
