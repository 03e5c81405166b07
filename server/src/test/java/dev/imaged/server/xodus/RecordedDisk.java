package dev.imaged.server.xodus;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import jetbrains.exodus.io.Block;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.RemoveBlockType;
import jetbrains.exodus.log.LogUtil;

/**
 * Everything that is done to the files of a log, in order, and the folders that a power cut at any moment of that may leave:
 * of what was not synced, each sector may be there, as it was before, or zeros with others behind it; checksums and the note of
 * what was acknowledged, which are not synced, may be those of any moment since they were; the list of the files, which is
 * replaced durably, is the last one, or the one that was about to come. Thread-safe.
 */
final class RecordedDisk {
    private static final int SECTOR = 512;

    private final Path recorded;
    private final Map<Long, CutFile> before = new HashMap<>();
    private final List<Event> events = new ArrayList<>();

    /** The last that was recorded of the list of files and of the note. */
    private final Map<Kind, byte[]> told = new HashMap<>();

    /** @param recorded where the files are */
    RecordedDisk(Path recorded) {
        this.recorded = recorded;
    }

    /** Something that was done to a file, or a note of the test between. */
    private record Event(Kind kind, long file, long position, byte[] bytes) {}

    private enum Kind {
        WRITE,
        LENGTH,
        SYNC,
        CHECKSUMS,
        SYNCED_CHECKSUMS,
        SYNC_FOLDER,
        REMOVE,
        LIST,
        ACKNOWLEDGED,
        NOTE
    }

    /** A file as a power cut may find it. */
    private static final class CutFile {
        private final long address;
        private byte[] durable = {};
        private final List<Event> unsynced = new ArrayList<>();

        /** Those that were synced, and all since. */
        private final List<byte[]> checksums = new ArrayList<>(List.of(new byte[0]));

        private boolean entrySynced;
        private boolean removed;

        CutFile(long address) {
            this.address = address;
        }

        CutFile copy() {
            CutFile copy = new CutFile(address);
            copy.durable = durable;
            copy.checksums.clear();
            copy.checksums.addAll(checksums);
            copy.entrySynced = entrySynced;
            return copy;
        }
    }

    /** Notes that a write was submitted (a positive number) or acknowledged (its negative). */
    synchronized void note(int number) {
        events.add(new Event(Kind.NOTE, 0, number, new byte[0]));
    }

    private synchronized void add(Kind kind, long file, long position, byte[] bytes) {
        addTold(Kind.LIST, recorded.resolve("files"));
        addTold(Kind.ACKNOWLEDGED, recorded.resolveSibling("imaged.synced"));
        events.add(new Event(kind, file, position, bytes));
    }

    private void addTold(Kind kind, Path path) {
        try {
            if (Files.exists(path)) {
                byte[] bytes = Files.readAllBytes(path);
                if (!Arrays.equals(bytes, told.put(kind, bytes))) {
                    events.add(new Event(kind, 0, 0, bytes));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    synchronized int size() {
        return events.size();
    }

    synchronized boolean hasRemoved() {
        return events.stream().anyMatch(event -> event.kind == Kind.REMOVE);
    }

    /** What was there, all of it synced, before anything is recorded. */
    private void addBefore() {
        for (File path : LogUtil.listFiles(recorded.toFile())) {
            long address = LogUtil.getAddress(path.getName());
            CutFile file = new CutFile(address);
            file.entrySynced = true;
            try {
                file.durable = Files.readAllBytes(path.toPath());
                if (Files.exists(checksums(recorded, address))) {
                    file.checksums.set(0, Files.readAllBytes(checksums(recorded, address)));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            before.put(address, file);
        }
    }

    /** Which writes a disk that was cut may hold. */
    record Bounds(int acknowledged, int submitted) {
        /** When some were there before. */
        Bounds atLeast(int stored) {
            return new Bounds(Math.max(stored, acknowledged), Math.max(stored, submitted));
        }
    }

    /** Makes a folder as it may be when the power fails after that many events. */
    Bounds cut(int count, Random random, Path folder) throws IOException {
        Map<Long, CutFile> files = new HashMap<>();
        before.forEach((address, file) -> files.put(address, file.copy()));
        int acknowledged = 0;
        int submitted = 0;
        List<byte[]> lists = new ArrayList<>();
        List<byte[]> acknowledgements = new ArrayList<>();
        for (Event event : events.subList(0, count)) {
            if (event.kind == Kind.LIST) {
                lists.add(event.bytes);
            } else if (event.kind == Kind.ACKNOWLEDGED) {
                acknowledgements.add(event.bytes);
            } else if (event.kind == Kind.NOTE) {
                submitted = Math.max(submitted, (int) event.position);
                acknowledged = Math.max(acknowledged, (int) -event.position);
            } else if (event.kind == Kind.SYNC_FOLDER) {
                files.values().removeIf(file -> file.removed);
                files.values().forEach(file -> file.entrySynced = true);
            } else {
                if (event.kind == Kind.LENGTH) {
                    files.values().removeIf(file -> file.removed && file.address == event.file); // it is made again
                }
                apply(event, files.computeIfAbsent(event.file, CutFile::new));
            }
        }
        for (Map.Entry<Long, CutFile> file : files.entrySet()) {
            boolean lost = file.getValue().removed || !file.getValue().entrySynced;
            if (!(lost && random.nextBoolean())) {
                write(folder, file.getKey(), file.getValue(), random);
            }
        }
        if (count < events.size() && events.get(count).kind == Kind.LIST && random.nextBoolean()) {
            lists.add(events.get(count).bytes);
        }
        if (!lists.isEmpty()) {
            Files.write(folder.resolve("files"), lists.get(lists.size() - 1));
        }
        if (!acknowledgements.isEmpty() && random.nextInt(10) > 0) {
            int since = random.nextBoolean() ? acknowledgements.size() - 1 : random.nextInt(acknowledgements.size());
            Files.write(folder.resolveSibling("imaged.synced"), acknowledgements.get(since));
        }
        return new Bounds(acknowledged, submitted);
    }

    private static void apply(Event event, CutFile file) {
        switch (event.kind) {
            case WRITE -> file.unsynced.add(event);
            case LENGTH -> truncate(file, (int) event.position);
            case SYNC -> sync(file);
            case CHECKSUMS -> file.checksums.add(event.bytes);
            case SYNCED_CHECKSUMS -> {
                file.checksums.clear();
                file.checksums.add(event.bytes);
            }
            case REMOVE -> file.removed = true;
            default -> throw new AssertionError(event);
        }
    }

    private static void sync(CutFile file) {
        file.durable = whole(file);
        file.unsynced.clear();
    }

    /** Recovery syncs a file that it truncates. */
    private static void truncate(CutFile file, int length) {
        byte[] whole = whole(file);
        if (length < whole.length) {
            file.durable = Arrays.copyOf(whole, length);
            file.unsynced.clear();
        }
    }

    private static byte[] whole(CutFile file) {
        byte[] whole = file.durable;
        for (Event event : file.unsynced) {
            whole = with(whole, event);
        }
        return whole;
    }

    private static byte[] with(byte[] bytes, Event write) {
        int end = (int) write.position + write.bytes.length;
        byte[] result = Arrays.copyOf(bytes, Math.max(bytes.length, end));
        System.arraycopy(write.bytes, 0, result, (int) write.position, write.bytes.length);
        return result;
    }

    private static void write(Path folder, long address, CutFile file, Random random) throws IOException {
        byte[] left = left(file, random);
        if (left.length > 0 || file.entrySynced) {
            Files.write(folder.resolve(LogUtil.getLogFilename(address)), left);
            byte[] checksums = file.checksums.get(random.nextInt(file.checksums.size()));
            if (checksums.length > 0) {
                Files.write(checksums(folder, address), checksums);
            }
        }
    }

    private static Path checksums(Path folder, long address) {
        return folder.resolve(LogUtil.getLogFilename(address).replace(LogUtil.LOG_FILE_EXTENSION, ".crc"));
    }

    /** What may be left of a file that was not synced. */
    private static byte[] left(CutFile file, Random random) {
        byte[] whole = whole(file);
        return switch (random.nextInt(4)) {
            case 0 -> file.durable;
            case 1 -> whole;
            case 2 -> firstOf(file, random);
            default -> anySectors(file.durable, whole, random);
        };
    }

    /** What was written first, in order, and of the next write a part. */
    private static byte[] firstOf(CutFile file, Random random) {
        byte[] left = file.durable;
        int whole = random.nextInt(file.unsynced.size() + 1);
        for (Event event : file.unsynced.subList(0, whole)) {
            left = with(left, event);
        }
        if (whole == file.unsynced.size()) {
            return left;
        }
        Event next = file.unsynced.get(whole);
        byte[] part = Arrays.copyOf(next.bytes, random.nextInt(next.bytes.length + 1));
        return with(left, new Event(Kind.WRITE, next.file, next.position, part));
    }

    /** Of what differs any sector may be as it was before, which is zeros where nothing was. */
    private static byte[] anySectors(byte[] durable, byte[] whole, Random random) {
        int length = durable.length + random.nextInt(whole.length - durable.length + 1);
        byte[] before = Arrays.copyOf(durable, length);
        byte[] left = Arrays.copyOf(whole, length);
        for (int from = 0; from < length; from += SECTOR) {
            if (random.nextInt(3) == 0) {
                int to = Math.min(length, from + SECTOR);
                System.arraycopy(before, from, left, from, to - from);
            }
        }
        return left;
    }

    /** Returns a writer that records what passes through it. */
    DataWriter recording(DataWriter files) {
        return new Recorder(files);
    }

    private final class Recorder implements DataWriter {
        private final DataWriter files;
        private long file;
        private long position;
        private long length;
        private Block block;
        private boolean opened;

        Recorder(DataWriter files) {
            this.files = files;
        }

        @Override
        public Block openOrCreateBlock(long address, long length) {
            if (!opened) {
                opened = true;
                addBefore();
            }
            addChecksums(Kind.SYNCED_CHECKSUMS, address);
            block = files.openOrCreateBlock(address, length);
            file = address;
            position = length;
            this.length = length;
            add(Kind.LENGTH, address, length, new byte[0]);
            return block;
        }

        @Override
        public Block write(byte[] bytes, int offset, int count) {
            addChecksums(Kind.CHECKSUMS, file);
            add(Kind.WRITE, file, position, Arrays.copyOfRange(bytes, offset, offset + count));
            position += count;
            length = Math.max(length, position);
            return files.write(bytes, offset, count);
        }

        @Override
        public void sync() {
            if (files.isOpen()) {
                addChecksums(Kind.CHECKSUMS, file);
            }
            files.sync();
            if (files.isOpen()) {
                addAllocated();
                add(Kind.SYNC, file, 0, new byte[0]);
            }
        }

        private void addChecksums(Kind kind, long address) {
            try {
                Path path = checksums(recorded, address);
                add(kind, address, 0, Files.exists(path) ? Files.readAllBytes(path) : new byte[0]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What the writer below has added to the file before it synced it. */
        private void addAllocated() {
            byte[] allocated = new byte[(int) (block.length() - length)];
            if (allocated.length > 0) {
                block.read(allocated, length, 0, allocated.length);
                add(Kind.WRITE, file, length, allocated);
                length += allocated.length;
            }
        }

        @Override
        public void syncDirectory() {
            files.syncDirectory();
            add(Kind.SYNC_FOLDER, file, 0, new byte[0]);
        }

        @Override
        public void removeBlock(long address, RemoveBlockType type) {
            add(Kind.REMOVE, address, 0, new byte[0]);
            files.removeBlock(address, type);
        }

        @Override
        public void truncateBlock(long address, long length) {
            files.truncateBlock(address, length);
            add(Kind.LENGTH, address, length, new byte[0]);
        }

        @Override
        public boolean isOpen() {
            return files.isOpen();
        }

        @Override
        public void close() {
            if (files.isOpen()) {
                addChecksums(Kind.SYNCED_CHECKSUMS, file);
            }
            files.close();
        }

        @Override
        public void clear() {
            files.clear();
        }

        @Override
        public boolean lock(long timeout) {
            return files.lock(timeout);
        }

        @Override
        public boolean release() {
            return files.release();
        }

        @Override
        public String lockInfo() {
            return files.lockInfo();
        }
    }
}
