package dev.imaged.server.grpc;

import dev.imaged.remote.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Hostile clients in a process of their own that has the processors when nobody else wants them, as if it were on another
 * machine: neither its threads nor its heap hold up who measures the daemon beside them. It runs the attacks whose names it
 * reads, one at a time. For one thread.
 */
final class AttackerProcess implements AutoCloseable {
    private static final String OVER = "over: ";
    private static final String FAILED = "failed: ";

    private final Attackers attackers;
    private final Process process;
    private final BufferedReader out;
    private final PrintWriter in;

    /** What hostile clients do; it returns when they are done. */
    private interface Attack {
        void run() throws Exception;
    }

    private AttackerProcess(Attackers attackers, Process process) {
        this.attackers = attackers;
        this.process = process;
        this.out = process.inputReader(StandardCharsets.UTF_8);
        this.in = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    /**
     * Starts it.
     *
     * @param seconds how long an attack goes on
     */
    static AttackerProcess start(Address address, long seconds) throws IOException {
        ProcessBuilder process = new ProcessBuilder(
                "nice",
                "-n",
                "19",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                AttackerProcess.class.getName(),
                address.toString(),
                Long.toString(seconds));
        return new AttackerProcess(
                attackers(address, seconds),
                process.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    private static Attackers attackers(Address address, long seconds) {
        return new Attackers(address, TimeUnit.SECONDS.toNanos(seconds));
    }

    /** Returns the names of all attacks. */
    List<String> attacks() {
        return List.copyOf(attacks(attackers).keySet());
    }

    private static Map<String, Attack> attacks(Attackers attackers) {
        FloodAttacks floods = new FloodAttacks(attackers);
        CallAttacks calls = new CallAttacks(attackers);
        Map<String, Attack> attacks = new LinkedHashMap<>();
        attacks.put("nothing", () -> TimeUnit.NANOSECONDS.sleep(attackers.nanos()));
        attacks.put("1,000 connections", floods::thousandConnections);
        attacks.put("500 connections that say nothing", floods::silentConnections);
        attacks.put("10,000 streams", floods::tenThousandStreams);
        attacks.put("24,000 streams with headers only", floods::headersOnly);
        attacks.put("24,000 requests of which one byte comes", floods::firstBytesOnly);
        attacks.put("connections that close at once", floods::closedConnections);
        attacks.put("10,000 requests that do not end", floods::requestsThatDoNotEnd);
        attacks.put("10,000 watchers of health", floods::healthWatchers);
        attacks.put("64 readers of a byte a second", floods::readersOfLists);
        attacks.put("32 senders that stop", floods::sendersThatStop);
        attacks.put("requests of 16 MiB from 32 clients", calls::largeRequests);
        attacks.put("requests that grow when decoded", calls::denseRequests);
        attacks.put("requests that grow when inflated", floods::gzipBombs);
        attacks.put("many messages in a call for one", floods::manyMessages);
        attacks.put("updates of an image of 16 MiB", calls::updatesOfALargeImage);
        attacks.put("clients that vanish", floods::vanishingClients);
        attacks.put("rapid reset", floods::rapidReset);
        attacks.put("header bombs", floods::headerBombs);
        attacks.put("slow filters", calls::slowFilters);
        attacks.put(
                "connections, readers, resets and slow filters together",
                together(floods::thousandConnections, floods::readersOfLists, floods::rapidReset, calls::slowFilters));
        return attacks;
    }

    private static Attack together(Attack... attacks) {
        return () -> Attackers.all(attacks.length, number -> attacks[number].run());
    }

    /** Runs an attack to its end and returns how often what was answered. */
    String run(String attack) throws IOException {
        in.println(attack);
        String line;
        while ((line = out.readLine()) != null) {
            if (line.startsWith(OVER)) {
                return line.substring(OVER.length());
            }
            if (line.startsWith(FAILED)) {
                throw new AssertionError(attack + ": " + line);
            }
        }
        throw new AssertionError(attack + ": the attackers have died");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The process: an address and how long an attack goes on, in seconds. */
    public static void main(String[] arguments) throws IOException {
        Attackers attackers = attackers(Address.parse(arguments[0]), Long.parseLong(arguments[1]));
        Map<String, Attack> attacks = attacks(attackers);
        BufferedReader names = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String name;
        while ((name = names.readLine()) != null) {
            try {
                attacks.get(name).run();
                System.out.println(OVER + attackers.takeAnswers());
            } catch (Exception e) {
                System.out.println(FAILED + e);
            }
        }
        System.exit(0);
    }
}
