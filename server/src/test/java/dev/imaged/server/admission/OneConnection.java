package dev.imaged.server.admission;

/** The accounts of the calls of one connection, which has all memory to itself, for tests of what takes it. Thread-safe. */
public final class OneConnection {
    private static final long BYTES = 1 << 24;

    private final Budgets budgets = Budgets.of(BYTES, BYTES, 1000, 1000, 1000, System::nanoTime);
    private final Connection connection =
            new Connection(budgets, true, Runnable::run, new Resets(Integer.MAX_VALUE, System::nanoTime, () -> {}));

    /** Returns the account of a new call. */
    public CallAccount call() {
        CallAccount call = new CallAccount(0, System::nanoTime);
        call.open(connection, false);
        return call;
    }

    /** Returns how many bytes of answers its calls hold. */
    public long responseBytes() {
        return budgets.responses().taken();
    }
}
