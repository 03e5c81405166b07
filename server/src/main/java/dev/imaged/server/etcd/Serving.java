package dev.imaged.server.etcd;

import dev.imaged.server.engine.ImageEngine.ServingListener;
import java.util.ArrayList;
import java.util.List;

/** Whether a daemon serves: its store works, and is not far behind etcd. Thread-safe. */
final class Serving {
    private final List<ServingListener> listeners = new ArrayList<>();
    private boolean isStoring = true;
    private boolean isFollowing;

    synchronized void add(ServingListener listener) {
        listeners.add(listener);
        listener.servingChanged(isStoring && isFollowing);
    }

    synchronized void storing(boolean now) {
        boolean before = isStoring && isFollowing;
        isStoring = now;
        tell(before);
    }

    synchronized void following(boolean now) {
        boolean before = isStoring && isFollowing;
        isFollowing = now;
        tell(before);
    }

    private void tell(boolean before) {
        boolean now = isStoring && isFollowing;
        if (now != before) {
            listeners.forEach(listener -> listener.servingChanged(now));
        }
    }
}
