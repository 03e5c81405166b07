package dev.imaged.server.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SIGHUP, which asks a daemon to read its files again. It would end a JVM that does not handle it. */
final class HangupSignal {
    private static final Logger log = LoggerFactory.getLogger(HangupSignal.class);

    private HangupSignal() {}

    /**
     * From now on runs an action whenever the signal comes, on a thread of its own. The JDK offers this only in {@code sun.misc}
     * (module jdk.unsupported). The class is looked up, because the compiler's warning of that package cannot be suppressed.
     */
    static void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    HangupSignal.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), handling);
        } catch (ReflectiveOperationException e) {
            log.debug("SIGHUP is not handled", e); // a system without it, or a JVM that leaves signals alone (-Xrs)
        }
    }
}
