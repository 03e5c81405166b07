package dev.imaged.bench;

import dev.imaged.bench.LoadGenerator.Call;
import dev.imaged.bench.LoadGenerator.Run;
import dev.imaged.internal.wire.NamespaceHeader;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/** Makes calls with h2load of nghttp2, a load generator that is not ours. It says no percentiles of the latency. */
final class H2Load {
    private static final String COMMAND = "h2load";
    private static final int FRAME_HEADER_BYTES = 5; // whether it is compressed, and the length of the message

    private static final Pattern REQUESTS =
            Pattern.compile("(\\d+) succeeded, (\\d+) failed, (\\d+) errored, (\\d+) timeout");
    private static final Pattern DATA = Pattern.compile("\\((\\d+)\\) data");

    private H2Load() {}

    /** Returns whether h2load is on the path. */
    static boolean isInstalled() {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(File.pathSeparator, -1))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, COMMAND)));
    }

    /**
     * Makes one call again and again, on one connection.
     *
     * @param call one whose answer is longer than its request, as that of a Get is
     * @throws IOException when h2load does not run, or a call failed
     */
    static Run run(Path socket, String namespace, Call call, int inFlight, long nanos)
            throws IOException, InterruptedException {
        try (TempFolder folder = TempFolder.create()) {
            byte[] frame = frame(call.request());
            Path body = Files.write(folder.path().resolve("body"), frame);
            Process process = new ProcessBuilder(List.of(
                            COMMAND,
                            "--clients=1",
                            "--max-concurrent-streams=" + inFlight,
                            "--duration=" + TimeUnit.NANOSECONDS.toMillis(nanos) + "ms",
                            "--data=" + body,
                            "--header=content-type: application/grpc",
                            "--header=te: trailers",
                            "--header=" + NamespaceHeader.NAMESPACE.name() + ": " + namespace,
                            "--base-uri=unix:" + socket,
                            "http://localhost/" + call.method().getFullMethodName()))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("h2load failed: " + output);
            }
            return new Run(succeeded(output, frame.length), nanos, new Histogram(3));
        }
    }

    private static byte[] frame(byte[] message) {
        return ByteBuffer.allocate(FRAME_HEADER_BYTES + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
    }

    /**
     * Returns how many calls succeeded. For HTTP, errors of gRPC are successes, but they come without a message.
     *
     * @param answerBytes what an answer has at least
     * @throws IOException when a call failed, or the output is not that of h2load
     */
    static long succeeded(String output, int answerBytes) throws IOException {
        Matcher requests = REQUESTS.matcher(output);
        Matcher data = DATA.matcher(output);
        if (!requests.find() || !data.find()) {
            throw new IOException("h2load says what is not understood: " + output);
        }
        long succeeded = Long.parseLong(requests.group(1));
        long failed = Stream.of(2, 3, 4)
                .map(requests::group)
                .mapToLong(Long::parseLong)
                .sum();
        if (succeeded == 0 || failed > 0 || Long.parseLong(data.group(1)) < succeeded * answerBytes) {
            throw new IOException("calls of h2load failed: " + output);
        }
        return succeeded;
    }
}
