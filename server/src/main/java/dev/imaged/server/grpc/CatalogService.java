package dev.imaged.server.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.images.AsOf;
import dev.imaged.images.ImageRules;
import dev.imaged.images.PageRules;
import dev.imaged.images.Position;
import dev.imaged.images.TransactionRules;
import dev.imaged.internal.text.PageToken;
import dev.imaged.internal.wire.CatalogProtos;
import dev.imaged.internal.wire.NamespaceHeader;
import dev.imaged.proto.v1.ApplyRequest;
import dev.imaged.proto.v1.CatalogGrpc;
import dev.imaged.proto.v1.DescribeRequest;
import dev.imaged.proto.v1.DescribeResponse;
import dev.imaged.proto.v1.GetRequest;
import dev.imaged.proto.v1.GetResponse;
import dev.imaged.proto.v1.HistoryRequest;
import dev.imaged.proto.v1.HistoryResponse;
import dev.imaged.proto.v1.ListPageRequest;
import dev.imaged.proto.v1.ListPageResponse;
import dev.imaged.proto.v1.ListStreamRequest;
import dev.imaged.proto.v1.RevertRequest;
import dev.imaged.proto.v1.UndoRequest;
import dev.imaged.proto.v1.WatchRequest;
import dev.imaged.server.admission.CallAccount;
import dev.imaged.server.admission.ListExecutor;
import dev.imaged.server.engine.Cancellation;
import dev.imaged.server.engine.ImageCatalog;
import dev.imaged.server.engine.ImageCatalog.Found;
import dev.imaged.server.engine.ImageCatalog.HistoryPart;
import dev.imaged.server.engine.ImageCatalog.ListQuery;
import dev.imaged.server.engine.ImageCatalog.Listing;
import dev.imaged.server.engine.ImageCatalog.Part;
import dev.imaged.server.engine.ImageTransactions;
import dev.imaged.server.engine.ReadMask;
import dev.imaged.server.engine.WireFields;
import dev.imaged.server.grpc.UnaryHandler.Responder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The catalogue: what the engine knows beyond the Images API. Images in its answers are the stored bytes. */
public final class CatalogService {
    /** About the most bytes of images in a page, so that a page fits into a message however large the images are. */
    private static final int MAX_PAGE_BYTES = 3584 * 1024;

    /** How many namespaces a list or a watch may name: they are kept for as long as the call lasts. */
    private static final int MAX_NAMESPACES = 1000;

    private final ImageCatalog catalog;
    private final TransactionCalls transactions;
    private final ListExecutor listExecutor;
    private final ListCalls lists;
    private final Duration maxListTime;
    private final String version;
    private final String engine;
    private final WatchStreams watches;

    /**
     * Makes the service.
     *
     * @param transactions what its methods write through
     * @param lists runs what takes long
     * @param maxListTime how long the work for one answer may take
     * @param version the version of the daemon
     * @param engine the name of its engine
     * @param watches serves what does not end
     */
    public CatalogService(
            ImageCatalog catalog,
            ImageTransactions transactions,
            ListExecutor lists,
            Duration maxListTime,
            String version,
            String engine,
            WatchStreams watches) {
        this.catalog = catalog;
        this.listExecutor = lists;
        this.lists = new ListCalls(lists, maxListTime);
        this.transactions = new TransactionCalls(transactions, this.lists);
        this.maxListTime = maxListTime;
        this.version = version;
        this.engine = engine;
        this.watches = watches;
    }

    /** Returns the methods, for a server to serve. */
    public ServerServiceDefinition definition() {
        var describe =
                method(CatalogGrpc.getDescribeMethod(), DescribeRequest.parser(), DescribeRequest.getDescriptor());
        var get = method(CatalogGrpc.getGetMethod(), GetRequest.parser(), GetRequest.getDescriptor());
        var page = method(CatalogGrpc.getListPageMethod(), ListPageRequest.parser(), ListPageRequest.getDescriptor());
        var stream = method(
                CatalogGrpc.getListStreamMethod(), ListStreamRequest.parser(), ListStreamRequest.getDescriptor());
        var watch = method(CatalogGrpc.getWatchMethod(), WatchRequest.parser(), WatchRequest.getDescriptor());
        var history = method(CatalogGrpc.getHistoryMethod(), HistoryRequest.parser(), HistoryRequest.getDescriptor());
        var apply = method(CatalogGrpc.getApplyMethod(), ApplyRequest.parser(), ApplyRequest.getDescriptor());
        var revert = method(CatalogGrpc.getRevertMethod(), RevertRequest.parser(), RevertRequest.getDescriptor());
        var undo = method(CatalogGrpc.getUndoMethod(), UndoRequest.parser(), UndoRequest.getDescriptor());
        ServiceDescriptor descriptor = ServiceDescriptor.newBuilder(CatalogGrpc.SERVICE_NAME)
                .setSchemaDescriptor(CatalogGrpc.getServiceDescriptor().getSchemaDescriptor())
                .addMethod(describe)
                .addMethod(get)
                .addMethod(page)
                .addMethod(stream)
                .addMethod(watch)
                .addMethod(history)
                .addMethod(apply)
                .addMethod(revert)
                .addMethod(undo)
                .build();
        return ServerInterceptors.intercept(
                ServerServiceDefinition.builder(descriptor)
                        .addMethod(describe, new UnaryHandler<>(this::describe))
                        .addMethod(get, new UnaryHandler<>(this::get))
                        .addMethod(page, new UnaryHandler<>(this::listPage))
                        .addMethod(stream, new StreamHandler<>(this::listStream))
                        .addMethod(watch, new StreamHandler<>(this::watch))
                        .addMethod(history, new UnaryHandler<>(this::history))
                        .addMethod(apply, new UnaryHandler<>(transactions::apply))
                        .addMethod(revert, new UnaryHandler<>(transactions::revert))
                        .addMethod(undo, new UnaryHandler<>(transactions::undo))
                        .build(),
                new DefaultReasons());
    }

    private static <Q extends Message> MethodDescriptor<RequestOrError<Q>, ByteString> method(
            MethodDescriptor<Q, ?> generated, Parser<Q> parser, Descriptor type) {
        return generated.toBuilder(RequestOrError.marshaller(parser, type), EncodedMarshaller.INSTANCE)
                .build();
    }

    private void describe(DescribeRequest request, Metadata headers, Responder responder) {
        ImageCatalog.Reach reach = catalog.reach();
        responder.answer(DescribeResponse.newBuilder()
                .setVersion(version)
                .setEngine(engine)
                .setNewest(CatalogProtos.toProto(reach.newest()))
                .setOldest(CatalogProtos.toProto(reach.oldest()))
                .setMaxApplyOperations(TransactionRules.MAX_OPERATIONS)
                .setMaxApplyBytes(TransactionRules.MAX_BYTES)
                .setMaxPageSize(ImageCatalog.MAX_PAGE_SIZE)
                .build()
                .toByteString());
    }

    private void get(GetRequest request, Metadata headers, Responder responder) {
        String namespace = namespace(request.getNamespace(), headers);
        AsOf asOf = CatalogProtos.fromProto(request.getAsOf());
        Position notBefore = request.hasNotBefore() ? CatalogProtos.fromProto(request.getNotBefore()) : null;
        if (request.hasAsOf()) {
            lists.run(List.of(), responder, cancellation -> {
                ByteString answer = found(
                        request.getName(), catalog.get(namespace, request.getName(), asOf, notBefore, cancellation));
                return () -> responder.answer(answer);
            });
        } else {
            responder.answer(found(
                    request.getName(), catalog.get(namespace, request.getName(), asOf, notBefore, Cancellation.NONE)));
        }
    }

    private static ByteString found(String name, Found found) {
        ByteString image = WireFields.message(
                GetResponse.IMAGE_FIELD_NUMBER,
                EncodedCatalog.version(ImageRules.requireFound(name, found.image()), ReadMask.ALL));
        return image.concat(GetResponse.newBuilder()
                .setPosition(CatalogProtos.toProto(found.position()))
                .build()
                .toByteString());
    }

    private void listPage(ListPageRequest request, Metadata headers, Responder responder) {
        int size = PageRules.size(request.getPageSize(), PageRules.DEFAULT_SIZE);
        String namespace = namespace(request.getNamespace(), headers);
        ReadMask mask = mask(request.getReadMask());
        ListQuery query = new ListQuery(
                namespace,
                request.getFiltersList(),
                CatalogProtos.fromProto(request.getAsOf()),
                request.hasNotBefore() ? CatalogProtos.fromProto(request.getNotBefore()) : null);
        int hash = ListPages.hash(query, mask);
        lists.run(request.getFiltersList(), responder, cancellation -> {
            Listing listing = ListPages.open(catalog, query, request.getPageToken(), hash, request.getAllowNewer());
            ByteString page = page(listing.next(size, MAX_PAGE_BYTES, cancellation), mask, hash);
            return () -> responder.answer(page, listing.hints());
        });
    }

    private static ByteString page(Part part, ReadMask mask, int hash) {
        return EncodedCatalog.versions(ListPageResponse.IMAGES_FIELD_NUMBER, part.images(), mask)
                .concat(ListPageResponse.newBuilder()
                        .setNextPageToken(ListPages.next(part, hash))
                        .setPosition(CatalogProtos.toProto(part.position()))
                        .build()
                        .toByteString());
    }

    private PulledStream listStream(
            ListStreamRequest request, Metadata headers, ServerCall<?, ByteString> call, CallAccount account) {
        List<String> filters = request.getFiltersList();
        ListStream source = new ListStream(
                catalog,
                namespaces(request.getAllNamespaces(), request.getNamespacesList(), headers),
                filters,
                CatalogProtos.fromProto(request.getAsOf()),
                request.hasNotBefore() ? CatalogProtos.fromProto(request.getNotBefore()) : null,
                mask(request.getReadMask()));
        return new PulledStream(call, account, listExecutor, maxListTime, filters, source);
    }

    private WatchStream watch(
            WatchRequest request, Metadata headers, ServerCall<?, ByteString> call, CallAccount account) {
        WatchStream.requireSmall(request);
        List<String> namespaces = namespaces(request.getAllNamespaces(), request.getNamespacesList(), headers);
        return WatchStream.open(
                call, account, watches, listExecutor, maxListTime, new CatalogWatch(catalog, request, namespaces));
    }

    /** Returns the namespaces of a request, null for all. */
    private static @Nullable List<String> namespaces(boolean all, List<String> named, Metadata headers) {
        if (all && !named.isEmpty()) {
            throw new InvalidArgument("namespaces must be empty where all_namespaces is true");
        } else if (named.size() > MAX_NAMESPACES) {
            throw ResourceExhausted.tooLarge(
                    "namespaces are " + named.size() + ", more than the maximum of " + MAX_NAMESPACES, null);
        } else if (all) {
            return null;
        }
        if (named.isEmpty()) {
            return List.of(namespace("", headers));
        }
        named.forEach(one -> namespace(one, headers));
        return named.stream().sorted().distinct().toList();
    }

    private void history(HistoryRequest request, Metadata headers, Responder responder) {
        int size = PageRules.size(request.getPageSize(), PageRules.DEFAULT_HISTORY_SIZE);
        String namespace = namespace(request.getNamespace(), headers);
        int asked = PageToken.hash(List.of(namespace, request.getName()));
        PageToken token = request.getPageToken().isEmpty() ? null : PageToken.decode(request.getPageToken(), asked);
        lists.run(List.of(), responder, cancellation -> {
            Position from = token == null ? null : new Position(token.store(), token.revision());
            HistoryPart part = catalog.history(namespace, request.getName(), from, size, MAX_PAGE_BYTES, cancellation);
            HistoryResponse.Builder rest = HistoryResponse.newBuilder().setTruncated(part.isTruncated());
            if (part.next() != 0) {
                rest.setNextPageToken(new PageToken(asked, part.position().store(), part.next(), "").encode());
            }
            ByteString page = EncodedCatalog.changes(HistoryResponse.CHANGES_FIELD_NUMBER, part.changes())
                    .concat(rest.build().toByteString());
            return () -> responder.answer(page);
        });
    }

    /** Returns the namespace of a request, which may name it, or have it in its headers. */
    static String namespace(String named, Metadata headers) {
        String header = NamespaceHeader.first(headers, NamespaceHeader.NAMESPACE);
        if (named.isEmpty() && header == null) {
            throw new FailedPrecondition("namespace is required");
        } else if (!named.isEmpty() && header != null && !named.equals(header)) {
            throw new InvalidArgument(
                    "namespace " + named + " of the request is not " + header + ", which the header names");
        }
        return header == null ? named : header;
    }

    private static ReadMask mask(FieldMask mask) {
        return ReadMask.of(mask.getPathsList());
    }
}
