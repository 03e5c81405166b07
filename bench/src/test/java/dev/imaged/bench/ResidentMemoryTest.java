package dev.imaged.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {
    private static final String STATUS = """
            Name:	RssAnon:	1 kB
            State:	S (sleeping)
            VmHWM:	  276480 kB
            VmRSS:	  263168 kB
            RssAnon:	  225280 kB
            RssFile:	   36864 kB
            RssShmem:	    1024 kB
            Threads:	21
            """;

    @Test
    void theStatusOfAProcessTellsWhatBacksItsMemory() {
        assertEquals(new ResidentMemory(220, 36, 1), ResidentMemory.parse(STATUS));
    }

    @Test
    void thePartsAddUpToTheResidentSet() {
        ResidentMemory memory = ResidentMemory.parse(STATUS);
        assertEquals(
                List.of(257.0, 220.0, 36.0),
                ResidentMemory.Part.ALL.stream().map(part -> part.of(memory)).toList());
    }

    @Test
    void aProcessThatHasEndedHasNoMemory() {
        assertThrows(IllegalArgumentException.class, () -> ResidentMemory.parse("Name:	java\nState:	Z (zombie)\n"));
    }
}
