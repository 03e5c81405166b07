package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.Aborted;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.Apply;
import dev.imaged.images.AsOf;
import dev.imaged.images.Condition;
import dev.imaged.images.DeleteOptions;
import dev.imaged.images.Image;
import dev.imaged.images.ImageRules;
import dev.imaged.images.ImageValidator;
import dev.imaged.images.Operation;
import dev.imaged.images.UpdateMask;
import dev.imaged.images.WriteOptions;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.text.GoQuote;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.EncodedResponse;
import dev.imaged.server.engine.EncodedVersion;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.Found;
import dev.imaged.server.engine.ImageCatalog.ListQuery;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import dev.imaged.server.engine.ImageEngine;
import dev.imaged.server.engine.ImageTransactions.Caller;
import dev.imaged.server.engine.ImageTransactions.Done;
import dev.imaged.server.engine.ReadMask;
import dev.imaged.server.grpc.TransactionCalls.Answer;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import io.grpc.Metadata;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Calls of the Images API with headers of ours: they are answered as the API has it, and with the store and the revision in response
 * headers, or in the trailers of an error. A caller that does not see these talked to a server that ignored its headers.
 */
final class HeaderCalls {
    private static final Metadata.Key<String> STORE = Metadata.Key.of("imaged-store", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> REVISION =
            Metadata.Key.of("imaged-revision", Metadata.ASCII_STRING_MARSHALLER);

    private static final Metadata.Key<String> NEXT_PAGE_TOKEN =
            Metadata.Key.of("imaged-next-page-token", Metadata.ASCII_STRING_MARSHALLER);

    /** Clients take 8 KiB of headers. */
    private static final int MAX_TOKEN_LENGTH = 6 * 1024;

    /** How many images, and about how many of their bytes, are read at a time. */
    private static final int PART_IMAGES = ImageCatalog.MAX_PAGE_SIZE;

    private static final int PART_BYTES = 3584 * 1024;

    private final ImageCatalog catalog;
    private final TransactionCalls transactions;
    private final ListCalls lists;

    HeaderCalls(ImageEngine engine, ListCalls lists) {
        this.catalog = engine.catalog();
        this.transactions = new TransactionCalls(engine.transactions(), lists);
        this.lists = lists;
    }

    void get(String name, Metadata headers, Responder responder) {
        ReadHeaders asked = ReadHeaders.ofGet(headers);
        String namespace = namespace(headers);
        boolean isNow = asked.asOf().equals(AsOf.now());
        if (isNow) {
            answer(name, catalog.get(namespace, name, asked.asOf(), asked.notBefore(), Cancellation.NONE), responder);
        } else {
            lists.run(List.of(), responder, cancellation -> {
                Found found = catalog.get(namespace, name, asked.asOf(), asked.notBefore(), cancellation);
                return () -> answer(name, found, responder);
            });
        }
    }

    private static void answer(String name, Found found, Responder responder) {
        responder.echo(STORE, found.position().store());
        EncodedVersion image = ImageRules.requireFound(name, found.image());
        responder.echo(REVISION, String.valueOf(image.revision()));
        responder.answer(EncodedResponse.of(image.image()));
    }

    void list(List<String> filters, Metadata headers, Responder responder) {
        ReadHeaders asked = ReadHeaders.ofList(headers);
        ListQuery query = new ListQuery(namespace(headers), filters, asked.asOf(), asked.notBefore());
        int hash = ListPages.hash(query, ReadMask.ALL);
        lists.run(filters, responder, cancellation -> {
            Listing listing = ListPages.open(catalog, query, asked.pageToken(), hash, false);
            EncodedResponse response = new EncodedResponse();
            Part part;
            do {
                part = listing.next(asked.isPaged() ? asked.pageSize() : PART_IMAGES, PART_BYTES, cancellation);
                part.images().forEach(image -> response.add(image.image()));
            } while (part.last() != null && !asked.isPaged());
            Part end = part;
            String next = end.last() == null ? "" : token(end, hash);
            return () -> {
                responder.echo(STORE, end.position().store());
                responder.echo(REVISION, String.valueOf(end.position().revision()));
                if (!next.isEmpty()) {
                    responder.echo(NEXT_PAGE_TOKEN, next);
                }
                responder.answer(response.build(), listing.hints());
            };
        });
    }

    /** Returns the token of the page behind a part, unless a header would be too large for clients. */
    private static String token(Part end, int hash) {
        String token = ListPages.next(end, hash);
        if (token.length() > MAX_TOKEN_LENGTH) {
            throw ResourceExhausted.tooLarge(
                    "the page ends with a name that is too long for the header imaged-next-page-token, which"
                            + " may have " + MAX_TOKEN_LENGTH
                            + " characters: use another imaged-page-size, or imaged.v1.Catalog",
                    null);
        }
        return token;
    }

    void create(Image image, WriteOptions options, Metadata headers, Responder responder) {
        ImagedHeaders asked = ImagedHeaders.read(headers, ImagedHeaders.OF_CREATE);
        Operation operation = asked.replaces()
                ? new Operation.Put(image, options.sourceDateEpoch(), Condition.NONE)
                : new Operation.Create(image, options.sourceDateEpoch(), Condition.NONE);
        write(operation, new Caller("", options.lease(), false), asked, headers, responder, HeaderCalls::same);
    }

    void update(Image image, UpdateMask mask, WriteOptions options, Metadata headers, Responder responder) {
        ImagedHeaders asked = ImagedHeaders.read(headers, ImagedHeaders.OF_CHANGE);
        Operation operation = new Operation.Update(image, mask, options.sourceDateEpoch(), asked.condition());
        write(operation, new Caller("", options.lease(), false), asked, headers, responder, HeaderCalls::same);
    }

    void delete(String name, DeleteOptions options, Metadata headers, Responder responder) {
        ImagedHeaders asked = ImagedHeaders.read(headers, ImagedHeaders.OF_CHANGE);
        String target = options.targetDigest();
        String digest = asked.condition().digest();
        boolean isOther = !target.isEmpty() && !digest.isEmpty() && !target.equals(digest);
        if (isOther) {
            throw new InvalidArgument(
                    "target.digest " + Excerpt.escape(target) + " is not that of header imaged-if-digest, " + digest);
        }
        Condition condition =
                target.isEmpty() ? asked.condition() : asked.condition().withDigest(target);
        Caller caller = new Caller("", null, options.sync());
        UnaryOperator<Throwable> errors =
                digest.isEmpty() ? error -> otherTarget(name, target, error) : HeaderCalls::same;
        write(Operation.delete(name).on(condition), caller, asked, headers, responder, errors);
    }

    private void write(
            Operation operation,
            Caller caller,
            ImagedHeaders asked,
            Metadata headers,
            Responder responder,
            UnaryOperator<Throwable> errors) {
        String namespace = namespace(headers);
        responder.echo(STORE, catalog.reach().newest().store());
        transactions.apply(namespace, Apply.of(operation).with(asked.options()), caller, responder, new Answer() {
            @Override
            public void done(Done first, boolean isReplayed) {
                EncodedVersion image = first.results().get(0).image();
                long revision = image == null ? first.position().revision() : image.revision();
                responder.echo(REVISION, String.valueOf(revision));
                responder.answer(image == null ? ByteString.EMPTY : EncodedResponse.of(image.image()));
            }

            @Override
            public void failed(Throwable error) {
                Throwable known = errors.apply(error);
                if (known instanceof ImageException refused && refused.details().containsKey("digest")) {
                    String revision = refused.details().get("revision"); // of the image, which exists
                    if (revision != null) {
                        responder.echo(REVISION, revision);
                    }
                }
                responder.fail(known);
            }
        });
    }

    private static Throwable same(Throwable error) {
        return error;
    }

    /** A request that names a target gets the answer that it gets without headers. */
    private static Throwable otherTarget(String name, String target, Throwable error) {
        boolean isOfTarget = error instanceof Aborted aborted
                && !aborted.violations().isEmpty()
                && aborted.violations().get(0).type().equals("DIGEST");
        if (!isOfTarget) {
            return error;
        }
        Map<String, String> details = ((ImageException) error).details();
        return new NotFound("image " + GoQuote.quote(name) + " has target " + details.get("digest") + ", not " + target)
                .withReason("NO_SUCH_IMAGE", details);
    }

    private static String namespace(Metadata headers) {
        String namespace = NamespaceHeader.first(headers, NamespaceHeader.NAMESPACE);
        String known = namespace == null ? "" : namespace;
        ImageValidator.requireNamespace(known);
        return known;
    }
}
