package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.proto.images.v1.ListImagesRequest;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedImages;
import dev.imaged.server.engine.ImageQuery;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A list that takes long. Thread-safe. */
final class ListCall implements ListExecutor.ListTask {
    /** How much of the filters a message shows, in characters. */
    private static final int SHOWN = 200;

    private final EncodedImages images;
    private final ListImagesRequest request;
    private final @Nullable ImageQuery planned;
    private final Responder responder;
    private final Duration maxTime;
    private final AtomicBoolean answered = new AtomicBoolean();

    /** @param planned the query of the request, null when it is not parsed yet */
    ListCall(
            EncodedImages images,
            ListImagesRequest request,
            @Nullable ImageQuery planned,
            Responder responder,
            Duration maxTime) {
        this.images = images;
        this.request = request;
        this.planned = planned;
        this.responder = responder;
        this.maxTime = maxTime;
    }

    @Override
    public void run() {
        Runnable answer;
        try {
            answer = list();
        } catch (RuntimeException | Error e) {
            answer = () -> responder.fail(e);
        }
        end(answer);
    }

    /** Returns the step that sends the answer. */
    private Runnable list() {
        Cancellation cancellation = new ListCancellation(responder, maxTime);
        cancellation.check();
        ImageQuery query = planned == null ? images.list(request.getFiltersList()) : planned;
        ByteString response = query.answer(cancellation);
        List<String> hints = query.hints();
        return () -> responder.answer(response, hints);
    }

    @Override
    public void fail(ImageException error) {
        end(() -> responder.fail(error));
    }

    private void end(Runnable answer) {
        if (!answered.compareAndSet(false, true)) {
            return;
        }
        try {
            answer.run();
        } catch (RuntimeException | Error e) {
            responder.fail(e);
        }
    }

    @Override
    public String filters() {
        StringBuilder shown = new StringBuilder();
        int length = 0;
        for (String filter : request.getFiltersList()) {
            shown.append(filter, 0, Math.min(filter.length(), SHOWN - Math.min(shown.length(), SHOWN)));
            shown.append(shown.length() < SHOWN ? " " : "");
            length += filter.length();
        }
        return GoQuote.quote(shown.toString().strip()) + (length > SHOWN ? "... (" + length + " characters)" : "");
    }
}
