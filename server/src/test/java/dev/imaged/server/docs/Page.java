package dev.imaged.server.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of {@code docs/}, as its tests read it: the rows of its tables, each below a heading. */
record Page(List<Row> rows) {
    private static final Pattern CODE = Pattern.compile("`` (.+?) ``|`([^`]+)`");
    private static final Pattern CELLS = Pattern.compile("(?<!\\\\)\\|");

    /**
     * A row below the heads of a table.
     *
     * @param line its number in the page
     * @param heading the last heading above it
     */
    record Row(int line, String heading, List<String> cells) {
        /** Returns the code spans of a cell, with the backslashes gone that keep a bar from ending it. */
        List<String> code(int cell) {
            return CODE.matcher(cells.get(cell)).results().map(Row::text).toList();
        }

        private static String text(java.util.regex.MatchResult span) {
            String text = span.group(1) == null ? span.group(2) : span.group(1);
            return text.replace("\\|", "|");
        }
    }

    static Page read(String name) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("..", "docs", name));
        List<Row> rows = new ArrayList<>();
        String heading = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("#")) {
                heading = line.replaceFirst("#+ ", "");
            }
            boolean isRow = line.startsWith("|") && !line.startsWith("| ---");
            boolean isHead = i + 1 < lines.size() && lines.get(i + 1).startsWith("| ---");
            if (isRow && !isHead) {
                rows.add(new Row(i + 1, heading, cells(line)));
            }
        }
        return new Page(rows);
    }

    private static List<String> cells(String line) {
        Matcher bar = CELLS.matcher(line);
        List<String> cells = new ArrayList<>();
        int start = -1;
        while (bar.find()) {
            if (start >= 0) {
                cells.add(line.substring(start, bar.start()).strip());
            }
            start = bar.end();
        }
        return cells;
    }

    /** Returns the rows below a heading. */
    List<Row> rows(String heading) {
        return rows.stream().filter(row -> row.heading().equals(heading)).toList();
    }
}
