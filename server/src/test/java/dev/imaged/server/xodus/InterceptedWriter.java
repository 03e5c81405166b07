package dev.imaged.server.xodus;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import jetbrains.exodus.io.DataWriter;

/** Puts something between the engine and its files. */
public final class InterceptedWriter {
    private InterceptedWriter() {}

    /** The call that goes on to the files. */
    public interface Call {
        Object run() throws Throwable;
    }

    /** What is done around a call, or instead of it. */
    public interface Interceptor {
        Object call(String method, Object[] arguments, Call call) throws Throwable;
    }

    public static DataWriter of(DataWriter files, Interceptor interceptor) {
        return (DataWriter) Proxy.newProxyInstance(
                DataWriter.class.getClassLoader(),
                new Class<?>[] {DataWriter.class},
                (proxy, method, arguments) -> interceptor.call(method.getName(), arguments, () -> {
                    try {
                        return method.invoke(files, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
