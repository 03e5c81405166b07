package dev.imaged.server.grpc;

import dev.imaged.internal.wire.MaintenanceProtos;
import dev.imaged.maintenance.Maintenance;
import dev.imaged.proto.v1.LoadRequest;
import dev.imaged.proto.v1.LoadResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One Load call. It takes its requests one by one, so that only one is in memory. */
final class LoadCall implements StreamObserver<LoadRequest> {
    private final Maintenance maintenance;
    private final ServerCallStreamObserver<LoadResponse> call;
    private final Consumer<BackgroundCalls.Task> runner;
    private final Queue<BackgroundCalls.Task> waiting = new ArrayDeque<>();
    private boolean running;
    private Maintenance.@Nullable Load load;

    /** @param runner runs a task on another thread, and ends the call with what the task throws */
    LoadCall(
            Maintenance maintenance,
            ServerCallStreamObserver<LoadResponse> call,
            Consumer<BackgroundCalls.Task> runner) {
        this.maintenance = maintenance;
        this.call = call;
        this.runner = runner;
        call.disableAutoRequest();
        call.setOnCancelHandler(() -> {}); // images that were stored stay
        call.request(1);
    }

    @Override
    public void onNext(LoadRequest request) {
        enqueue(() -> {
            Maintenance.Load current = load(request.getReplace());
            request.getImagesList().forEach(image -> current.add(MaintenanceProtos.fromProto(image)));
            call.request(1);
        });
    }

    @Override
    public void onCompleted() {
        enqueue(() -> {
            call.onNext(MaintenanceProtos.toProto(load(false).finish()));
            call.onCompleted();
        });
    }

    @Override
    public void onError(Throwable error) {
        // The caller has disconnected.
    }

    private Maintenance.Load load(boolean replace) {
        Maintenance.Load current = load;
        if (current == null) {
            current = maintenance.load(replace);
            load = current;
        }
        return current;
    }

    /** The end of the requests may come while the last request is worked on. After a failure no further task runs. */
    private synchronized void enqueue(BackgroundCalls.Task task) {
        waiting.add(task);
        if (!running) {
            runNext();
        }
    }

    private synchronized void runNext() {
        BackgroundCalls.Task next = waiting.poll();
        running = next != null;
        if (next != null) {
            runner.accept(() -> {
                next.run();
                runNext();
            });
        }
    }
}
