package dev.imaged.server.xodus;

import dev.imaged.server.store.kv.Contents;
import dev.imaged.server.store.kv.Table;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import jetbrains.exodus.env.Transaction;

/** The engine's stores of all tables. Immutable. */
record Tables(Map<Table, Store> stores) {
    Tables {
        stores = Map.copyOf(stores);
    }

    /** Opens all stores, and makes those that are missing. Stores of older versions are opened only if they exist. */
    static Tables open(Contents contents, Environment environment, Transaction transaction) {
        Map<Table, Store> stores = existing(contents, environment, transaction);
        for (Table table : contents.tables()) {
            stores.computeIfAbsent(table, missing -> open(missing, environment, transaction));
        }
        return new Tables(stores);
    }

    /** Opens the stores that exist: a read transaction cannot make one. */
    static Tables openExisting(Contents contents, Environment environment, Transaction transaction) {
        return new Tables(existing(contents, environment, transaction));
    }

    private static Map<Table, Store> existing(Contents contents, Environment environment, Transaction transaction) {
        Map<Table, Store> stores = new HashMap<>();
        Stream.concat(contents.tables().stream(), contents.formerTables().stream())
                .filter(table -> environment.storeExists(table.name(), transaction))
                .forEach(table -> stores.put(table, open(table, environment, transaction)));
        return stores;
    }

    private static Store open(Table table, Environment environment, Transaction transaction) {
        return environment.openStore(table.name(), config(table), transaction);
    }

    /** Chooses the tree: where keys share their prefixes, a Patricia tree writes half as much as a B+ tree. */
    private static StoreConfig config(Table table) {
        return table.sharesPrefixes() ? StoreConfig.WITHOUT_DUPLICATES_WITH_PREFIXING : StoreConfig.WITHOUT_DUPLICATES;
    }

    Store store(Table table) {
        Store store = stores.get(table);
        if (store == null) {
            throw new IllegalArgumentException("there is no table " + table.name());
        }
        return store;
    }
}
