package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Long tables are printed while their rows come. */
class TableTest {
    private static Iterator<Integer> numbers(int count, AtomicInteger taken) {
        return IntStream.range(0, count).peek(number -> taken.incrementAndGet()).iterator();
    }

    @Test
    void columnsKeepTheirWidthAndGrow() throws IOException {
        StringWriter text = new StringWriter();
        new Table("N", "X")
                .printAll(
                        new PrintWriter(text),
                        List.of(1, 2500).iterator(),
                        (table, number) -> table.row("n".repeat(number), "x"));
        List<String> lines = text.toString().lines().toList();
        assertEquals("N" + " ".repeat(2501) + "X", lines.get(0));

        text.getBuffer().setLength(0);
        new Table("N", "X")
                .printAll(
                        new PrintWriter(text),
                        numbers(3000, new AtomicInteger()),
                        (table, number) -> table.row(number == 2000 ? "wide" : "n", "x"));
        lines = text.toString().lines().toList();
        assertEquals(3001, lines.size());
        assertEquals("N  X", lines.get(0));
        assertEquals("n  x", lines.get(1000));
        assertEquals("wide  x", lines.get(2001));
        assertEquals("n     x", lines.get(3000));
    }

    @Test
    void aTableWithoutRowsHasItsHeader() throws IOException {
        StringWriter text = new StringWriter();
        new Table("N").printAll(new PrintWriter(text), List.of().iterator(), (table, value) -> table.row("n"));
        assertEquals("N\n", text.toString());
    }

    @Test
    void nothingMoreIsTakenOnceNobodyReads() throws IOException {
        AtomicInteger taken = new AtomicInteger();
        Writer pipe = new Writer() {
            @Override
            public void write(char[] text, int offset, int length) throws IOException {
                throw new IOException("Broken pipe");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        PrintWriter closed = new PrintWriter(pipe);
        new Table("N").printAll(closed, numbers(1_000_000, taken), (table, number) -> table.row("n"));
        assertTrue(taken.get() <= 1000, taken::toString);
        taken.set(0);
        ImageJson.printAll(closed, numbers(1_000_000, taken), (json, number) -> json.writeNumber(number));
        assertTrue(taken.get() <= 1000, taken::toString);
    }
}
