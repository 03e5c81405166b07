package dev.imaged.server.store.migration;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.DataLoss;
import dev.imaged.server.store.kv.Snapshot;
import dev.imaged.server.store.record.ImageCodec;
import dev.imaged.server.store.record.Schema;
import dev.imaged.server.store.record.ValueTable;
import java.util.ArrayList;
import java.util.List;

/** Reads all values of a store that have a checksum. */
final class StoreReading {
    private static final byte[] NOTHING = {};

    private StoreReading() {}

    /** Reads a value; throws DataLoss when it is damaged. */
    interface Reading {
        void read(byte[] key, byte[] value);
    }

    /**
     * Reads the changes and the images, and returns a line for what is damaged. It stops soon after the first.
     *
     * @param change reads a change, in the form that the schema has
     */
    static List<String> problems(Snapshot snapshot, Reading change) {
        List<String> problems = new ArrayList<>();
        read(snapshot, Schema.CHANGES, problems, change);
        read(snapshot, Schema.IMAGES, problems, (key, value) -> ImageCodec.image(ImageCodec.decode(key, value)));
        return problems;
    }

    private static void read(Snapshot snapshot, ValueTable table, List<String> problems, Reading reading) {
        try {
            table.scan(snapshot, NOTHING, NOTHING, (key, value) -> {
                try {
                    reading.read(key, value);
                } catch (DataLoss e) {
                    problems.add(String.valueOf(e.getMessage()));
                }
                return problems.isEmpty();
            });
        } catch (ImageException.Unavailable e) {
            throw e;
        } catch (RuntimeException e) {
            problems.add("table " + table.entries().name() + " cannot be read: " + e.getMessage());
        }
    }
}
