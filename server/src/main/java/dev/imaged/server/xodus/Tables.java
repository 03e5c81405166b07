package dev.imaged.server.xodus;

import dev.imaged.server.store.kv.Table;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import jetbrains.exodus.env.Transaction;

/** The engine's stores of all tables. Immutable. */
record Tables(Map<Table, Store> stores) {
    Tables {
        stores = Map.copyOf(stores);
    }

    /** Opens all stores at once: a read transaction cannot make one. */
    static Tables open(List<Table> tables, Environment environment, Transaction transaction) {
        return new Tables(tables.stream()
                .collect(Collectors.toMap(
                        Function.identity(),
                        table -> environment.openStore(table.name(), config(table), transaction))));
    }

    /** A Patricia tree costs half of a B+ tree's writes where keys share their prefixes. */
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
