package dev.imaged.server.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Lines with columns, as wide as their widest cell so far. A long table is printed in batches of rows, so that a fixed number of them
 * is in memory. Not thread-safe.
 */
final class Table {
    private static final String GAP = "  ";

    /** So many that the columns of a table that people read are as wide as its widest cell. */
    private static final int BATCH = 1000;

    /** Adds the row of a value to a table. */
    interface Cells<T> {
        void add(Table table, T value) throws IOException;
    }

    private final List<List<String>> rows = new ArrayList<>();
    private final int[] widths;

    public Table(String... header) {
        this.widths = new int[header.length];
        row(header);
    }

    Table row(String... cells) {
        rows.add(Arrays.stream(cells).map(Printable::escape).toList());
        return this;
    }

    /** Prints the rows that were added since the last time. */
    void print(PrintWriter out) {
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        rows.forEach(row -> out.println(line(row)));
        rows.clear();
        out.flush();
    }

    /** Prints a row for each value, until nobody reads the output any more. */
    <T> void printAll(PrintWriter out, Iterator<T> values, Cells<T> cells) throws IOException {
        do {
            while (values.hasNext() && rows.size() < BATCH) {
                cells.add(this, values.next());
            }
            print(out);
        } while (values.hasNext() && !Terminal.isClosed(out));
    }

    private String line(List<String> row) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            line.append(row.get(i)).append(" ".repeat(widths[i] - width(row.get(i))));
            line.append(GAP);
        }
        return line.toString().stripTrailing();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }
}
