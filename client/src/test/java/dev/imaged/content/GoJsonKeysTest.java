package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.GoProgram;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A key counts for a known one exactly when Go's {@code encoding/json} takes it for that. */
class GoJsonKeysTest {
    private static final int RANDOM_KEYS = 20_000;

    private static final List<String> KNOWN = List.of(
            "size",
            "digest",
            "mediaType",
            "schemaVersion",
            "fsLayers",
            "manifests",
            "diff_ids",
            "os.version",
            "WorkingDir",
            "StopSignal",
            "ArgsEscaped");

    private static final List<String> LOOKALIKES = List.of("\u017f", "\u212a", "ı", "İ", "ß", "ﬁ", "s\u0307", "－", "");

    @TempDir
    Path folder;

    @Test
    void aKeyCountsForWhatGoTakesItFor() throws Exception {
        GoProgram.assumeGo();
        List<String> keys = new ArrayList<>();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) { // no text of UTF-8 has one
                keys.add(Character.toString(c) + "ize");
                keys.add("Wor" + Character.toString(c) + "ingDir");
            }
        }
        Random random = new Random(1);
        for (int i = 0; i < RANDOM_KEYS; i++) {
            keys.add(changed(KNOWN.get(random.nextInt(KNOWN.size())), random));
        }
        JsonKeys known = JsonKeys.of(KNOWN.toArray(String[]::new));
        List<String> answers = new GoProgram("jsonkeys.go", KNOWN)
                .answers(folder, keys.stream().map(GoJsonKeysTest::hex).toList());
        int taken = 0;
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i);
            assertEquals(answers.get(i), Objects.requireNonNullElse(known.find(key), ""), key);
            taken += answers.get(i).isEmpty() || answers.get(i).equals(key) ? 0 : 1;
        }
        assertTrue(taken > RANDOM_KEYS / 4, taken + " keys were taken for others");
    }

    private static String changed(String key, Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            switch (random.nextInt(16)) {
                case 0 -> text.append(LOOKALIKES.get(random.nextInt(LOOKALIKES.size())));
                case 1, 2, 3 -> text.append(Character.toUpperCase(c));
                case 4, 5, 6 -> text.append(Character.toLowerCase(c));
                case 7 -> text.append(c == 's' || c == 'S' ? "\u017f" : Character.toString(c));
                default -> text.append(c);
            }
        }
        return text.toString();
    }

    private static String hex(String key) {
        return HexFormat.of().formatHex(key.getBytes(StandardCharsets.UTF_8));
    }
}
