package dev.imaged.server.history;

import dev.imaged.images.WatchEvent;
import dev.imaged.images.WatchOptions;
import java.util.List;

/** What a watch told from one start on, in order. */
record WatchSession(WatchOptions options, List<WatchEvent> events) {}
