package dev.imaged.server.grpc;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.AsOf;
import dev.imaged.images.PageRules;
import dev.imaged.images.Position;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.internal.time.Rfc3339;
import dev.imaged.internal.wire.NamespaceHeader;
import io.grpc.Metadata;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The headers by which a caller of the Images API reads the past, or a list in pages. Immutable.
 *
 * @param asOf the moment to read
 * @param notBefore a position that the answer must not be older than; null for any
 * @param pageSize the most images of a page; 0 when the list is not asked for in pages
 * @param pageToken the token of the page before; empty for the first
 */
record ReadHeaders(AsOf asOf, @Nullable Position notBefore, int pageSize, String pageToken) {
    private static final String AS_OF = "imaged-as-of";
    private static final String NOT_BEFORE = "imaged-not-before";
    private static final Metadata.Key<String> NOT_BEFORE_HEADER =
            Metadata.Key.of(NOT_BEFORE, Metadata.ASCII_STRING_MARSHALLER);
    private static final String PAGE_SIZE = "imaged-page-size";
    private static final String PAGE_TOKEN = "imaged-page-token";

    /** As many digits as a revision, and the size of a page, can have. */
    private static final String REVISION = "[0-9]{1,18}";

    private static final String SIZE = "[0-9]{1,9}";

    /** The headers that a get may have. */
    private static final Set<String> OF_GET = Set.of(AS_OF, NOT_BEFORE, ImagedHeaders.WANT);

    /** The headers that a list may have. */
    private static final Set<String> OF_LIST = Set.of(AS_OF, NOT_BEFORE, PAGE_SIZE, PAGE_TOKEN, ImagedHeaders.WANT);

    /** Returns the headers of a get; throws as {@link ImagedHeaders#given}, and when one has an invalid value. */
    static ReadHeaders ofGet(Metadata headers) {
        return of(ImagedHeaders.given(headers, OF_GET));
    }

    /** Returns the headers of a list; throws as {@link ImagedHeaders#given}, and when one has an invalid value. */
    static ReadHeaders ofList(Metadata headers) {
        return of(ImagedHeaders.given(headers, OF_LIST));
    }

    /** Returns the position that an answer must not be older than; null for any, and when the header is not a position. */
    static @Nullable Position notBefore(Metadata headers) {
        String given = NamespaceHeader.first(headers, NOT_BEFORE_HEADER);
        try {
            return given == null ? null : position(given);
        } catch (InvalidArgument e) {
            return null;
        }
    }

    private static ReadHeaders of(Map<String, String> given) {
        ImagedHeaders.requireWord(given, ImagedHeaders.WANT, "revision");
        String asOf = given.get(AS_OF);
        String notBefore = given.get(NOT_BEFORE);
        String size = given.get(PAGE_SIZE);
        String token = given.getOrDefault(PAGE_TOKEN, "");
        int pageSize = size == null ? (token.isEmpty() ? 0 : PageRules.DEFAULT_SIZE) : pageSize(size);
        return new ReadHeaders(
                asOf == null ? AsOf.now() : asOf(asOf),
                notBefore == null ? null : position(notBefore),
                pageSize,
                token);
    }

    boolean isPaged() {
        return pageSize > 0;
    }

    private static AsOf asOf(String value) {
        Instant time = Rfc3339.parse(value);
        if (time != null) {
            return AsOf.time(time);
        } else if (value.matches(REVISION)) {
            return AsOf.revision(Long.parseLong(value));
        }
        throw invalid(AS_OF, value, "a revision, or a time such as 2026-01-31T12:00:00Z");
    }

    private static Position position(String value) {
        try {
            return Position.parse(value);
        } catch (ImageException | IllegalArgumentException e) {
            throw invalid(NOT_BEFORE, value, "a position, written STORE/REVISION");
        }
    }

    private static int pageSize(String value) {
        if (!value.matches(SIZE)) {
            throw invalid(PAGE_SIZE, value, "a number");
        }
        return PageRules.size(Integer.parseInt(value), PageRules.DEFAULT_SIZE);
    }

    private static InvalidArgument invalid(String header, String value, String rule) {
        return new InvalidArgument("header " + header + " is " + Excerpt.quote(value) + " and must be " + rule);
    }
}
