package dev.imaged.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.OutOfRange;
import dev.imaged.internal.text.PageToken;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.function.Executable;

/** What the contracts of pages and of the past work with. The stores keep 100 changes, or a few more. */
interface PastFixture extends ContractFixture {
    /** Enough for all changes before them to be dropped. */
    int DROPPING_CHANGES = 250;

    default Pages pages() {
        return stores().pages("contract").orElseThrow();
    }

    default History history() {
        return stores().history("contract").orElseThrow();
    }

    /** Returns what is in the store now, with the position. */
    default Page now() {
        return pages().page(PageOptions.first(ListOptions.DEFAULT));
    }

    /** Creates 600 images that do not fit into a few messages, {@code n000} and so on, at once. */
    default void createLarge() {
        AsyncImageStore images = stores().async("contract");
        List<CompletableFuture<Image>> creates = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            creates.add(images.create(ContractFixture.image("n%03d".formatted(i), Map.of("filler", "x".repeat(4000)))));
        }
        creates.forEach(CompletableFuture::join);
    }

    /** Has the store drop all changes so far, by changes of another namespace. */
    default void dropChanges() {
        AsyncImageStore other = stores().async("other");
        other.create(ContractFixture.image("x")).join();
        List<CompletableFuture<Image>> updates = new ArrayList<>();
        for (int i = 0; i < DROPPING_CHANGES; i++) {
            updates.add(other.update(ContractFixture.image("x"), UpdateMask.all()));
        }
        updates.forEach(CompletableFuture::join);
        store().create(ContractFixture.image("last")); // a store may drop with the next commit only
        store().delete("last");
    }

    /** Checks that a call is refused for a reason, and returns the error. */
    static ImageException assertOutOfRange(String reason, Executable call) {
        OutOfRange error = assertThrows(OutOfRange.class, call);
        assertEquals(reason, error.reason(), error::getMessage);
        return error;
    }

    static void assertInvalidToken(Executable call) {
        InvalidArgument error = assertThrows(InvalidArgument.class, call);
        assertEquals("PAGE_TOKEN_INVALID", error.reason(), error::getMessage);
    }

    /** Shows all that a token can become on its way: with each bit flipped, cut at each character, and longer. */
    static void forEachDamaged(String token, Consumer<String> damaged) {
        byte[] text = token.getBytes(StandardCharsets.ISO_8859_1);
        for (int bit = 0; bit < 8 * text.length; bit++) {
            byte[] flipped = text.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            damaged.accept(new String(flipped, StandardCharsets.ISO_8859_1));
        }
        for (int length = 1; length < token.length(); length++) {
            damaged.accept(token.substring(0, length));
        }
        damaged.accept(token + "A");
        damaged.accept(token + "=");
        damaged.accept(" " + token);
    }

    /** Returns a token as another store would have made it. */
    static String ofAnotherStore(String token) {
        int asked = ByteBuffer.wrap(Base64.getUrlDecoder().decode(token)).getInt(1);
        PageToken own = PageToken.decode(token, asked);
        return new PageToken(asked, "another", own.revision(), own.last()).encode();
    }
}
