package dev.imaged.server.history;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.imaged.internal.wire.ImageProtos;
import dev.imaged.proto.events.v1.EventsGrpc;
import dev.imaged.proto.events.v1.SubscribeRequest;
import dev.imaged.proto.images.v1.ImageCreate;
import dev.imaged.proto.images.v1.ImageDelete;
import dev.imaged.proto.images.v1.ImageUpdate;
import dev.imaged.proto.types.Envelope;
import dev.imaged.remote.RemoteImageStores;
import dev.imaged.server.history.EventChecker.Event;
import dev.imaged.server.history.EventChecker.Session;
import dev.imaged.server.history.LogPiece.Name;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Subscribes to containerd's events again and again, and records them. One thread runs it, others may ask what it knows. */
final class RecordingSubscriber implements Runnable {
    private static final int MOST_EVENTS = 200;

    private final String name;
    private final RemoteImageStores stores;
    private final Random random;
    private final List<Session> sessions = new ArrayList<>();
    private List<Event> events = new ArrayList<>();
    private Context.CancellableContext context = Context.current().withCancellation();
    private boolean stopped;

    RecordingSubscriber(String name, RemoteImageStores stores, long seed) {
        this.name = name;
        this.stores = stores;
        this.random = new Random(seed);
    }

    @Override
    public void run() {
        while (begin()) {
            try {
                context.call(() -> {
                    follow(1 + random.nextInt(MOST_EVENTS));
                    return null;
                });
            } catch (StatusRuntimeException e) {
                Status.Code code = e.getStatus().getCode();
                if (code != Status.Code.UNAVAILABLE && code != Status.Code.CANCELLED) {
                    throw e;
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            } finally {
                context.cancel(null);
            }
        }
    }

    private synchronized boolean begin() {
        if (!stopped) {
            context = Context.current().withCancellation();
            begin(false);
        }
        return !stopped;
    }

    private void begin(boolean fromStart) {
        events = new ArrayList<>();
        sessions.add(new Session(fromStart, events));
    }

    private void follow(int count) throws InvalidProtocolBufferException {
        Iterator<Envelope> envelopes = EventsGrpc.newBlockingStub(stores.channel())
                .withWaitForReady()
                .subscribe(SubscribeRequest.getDefaultInstance());
        for (int i = 0; i < count && envelopes.hasNext(); i++) {
            Event event = event(envelopes.next());
            synchronized (this) {
                events.add(event);
            }
        }
        context.cancel(null);
        while (envelopes.hasNext()) { // what has come holds memory until it is read
            envelopes.next();
        }
    }

    private static Event event(Envelope envelope) throws InvalidProtocolBufferException {
        var value = envelope.getEvent().getValue();
        Map<String, String> labels = switch (envelope.getTopic()) {
            case "/images/create" -> ImageCreate.parseFrom(value).getLabelsMap();
            case "/images/update" -> ImageUpdate.parseFrom(value).getLabelsMap();
            default -> Map.of();
        };
        return new Event(
                ImageProtos.fromProto(envelope.getTimestamp()),
                new Name(
                        envelope.getNamespace(), ImageDelete.parseFrom(value).getName()), // the same field in all three
                envelope.getTopic(),
                Map.copyOf(labels));
    }

    /** Whether the last event is that of a write of a name. */
    synchronized boolean hasReached(Name written, String mark) {
        if (events.isEmpty()) {
            return false;
        }
        Event last = events.get(events.size() - 1);
        return last.name().equals(written) && mark.equals(last.labels().get(SentWrite.LABEL));
    }

    /** Returns what was told since the last time. What follows continues it, unless a connection has only begun. */
    synchronized List<Session> takeSessions() {
        List<Session> taken = List.copyOf(sessions);
        boolean goesOn = !events.isEmpty();
        sessions.clear();
        begin(goesOn);
        return taken;
    }

    String name() {
        return name;
    }

    synchronized void stop() {
        stopped = true;
        context.cancel(null);
    }
}
