package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import dev.imaged.errors.ImageException.Cancelled;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.Digest;
import dev.imaged.oci.MediaType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DiffIdsTest {
    private static final byte[] TAR = new byte[300_000];
    private static final String DIFF_ID;

    static {
        new Random(1).nextBytes(TAR);
        DIFF_ID = Digest.sha256(TAR).toString();
    }

    private final InMemoryContent content = new InMemoryContent();

    /** How a layer may be compressed. */
    enum Packing {
        GZIP {
            @Override
            byte[] pack(byte[] bytes) {
                return gzip(bytes);
            }
        },
        /** As eStargz is: a member for each file. */
        GZIP_MEMBERS {
            @Override
            byte[] pack(byte[] bytes) {
                return inParts(bytes, DiffIdsTest::gzip);
            }
        },
        ZSTD {
            @Override
            byte[] pack(byte[] bytes) {
                return Zstd.compress(bytes);
            }
        },
        /** As zstd:chunked is: a frame for each file, and one that is skipped. */
        ZSTD_FRAMES {
            @Override
            byte[] pack(byte[] bytes) {
                return concat(skippable(), inParts(bytes, Zstd::compress));
            }
        };

        abstract byte[] pack(byte[] bytes);
    }

    private interface Packer {
        byte[] pack(byte[] bytes);
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static byte[] inParts(byte[] bytes, Packer packer) {
        byte[] packed = new byte[0];
        for (int at = 0; at < bytes.length; at += 1000) {
            packed = concat(packed, packer.pack(Arrays.copyOfRange(bytes, at, Math.min(at + 1000, bytes.length))));
        }
        return packed;
    }

    private static byte[] skippable() {
        return new byte[] {0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
    }

    private static byte[] concat(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length)
                .put(first)
                .put(second)
                .array();
    }

    @ParameterizedTest
    @EnumSource
    void theDiffIdOfACompressedLayerIsTheDigestOfItsTar(Packing packing) throws IOException {
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, packing.pack(TAR));
        assertEquals(DIFF_ID, DiffIds.compute(content, layer).toString());
        Descriptor mislabelled = new Descriptor(MediaType.DOCKER_LAYER, layer.digest(), layer.size());
        assertEquals(DIFF_ID, DiffIds.compute(content, mislabelled).toString());
    }

    @Test
    void theDiffIdOfALayerThatIsNotCompressedIsItsDigest() throws IOException {
        Descriptor docker = content.add(MediaType.DOCKER_LAYER, TAR);
        assertEquals(DIFF_ID, DiffIds.compute(content, docker).toString());
        String absent = "sha256:" + "0".repeat(64);
        assertEquals(
                absent,
                DiffIds.compute(content, new Descriptor(MediaType.OCI_LAYER, absent, 1))
                        .toString());
        assertThrows(
                NotFound.class, () -> DiffIds.compute(content, new Descriptor(MediaType.OCI_LAYER_GZIP, absent, 1)));
    }

    @Test
    void anEmptyLayerHasADiffId() throws IOException {
        Descriptor empty = content.add(MediaType.OCI_LAYER_GZIP, new byte[0]);
        assertEquals(empty.digest(), DiffIds.compute(content, empty).toString());
        Descriptor packed = content.add(MediaType.OCI_LAYER_GZIP, gzip(new byte[0]));
        assertEquals(empty.digest(), DiffIds.compute(content, packed).toString());
    }

    @Test
    void anEmbeddedLayerHasADiffId() throws IOException {
        byte[] packed = gzip(TAR);
        Descriptor layer = new Descriptor(
                        MediaType.OCI_LAYER_GZIP, Digest.sha256(packed).toString(), packed.length)
                .withData(Base64.getEncoder().encodeToString(packed));
        assertEquals(DIFF_ID, DiffIds.get(content, layer).toString());
    }

    @ParameterizedTest
    @EnumSource
    void aLayerThatIsCutOffIsDamaged(Packing packing) {
        byte[] packed = packing.pack(TAR);
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, Arrays.copyOf(packed, packed.length - 20));
        String message = assertThrows(InvalidArgument.class, () -> DiffIds.compute(content, layer))
                .getMessage();
        assertTrue(message.startsWith(layer.digest() + ": cannot be decompressed with "), message);
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void bytesBehindTheEndOfALayerAreDamage(Packing packing) {
        byte[] garbage = "garbage behind the end".getBytes(StandardCharsets.UTF_8);
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, concat(packing.pack(TAR), garbage));
        assertThrows(InvalidArgument.class, () -> DiffIds.compute(content, layer));
    }

    @ParameterizedTest
    @EnumSource
    void aLayerIsComparedWithItsDigest(Packing packing) {
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, packing.pack(TAR));
        Descriptor other = content.add(MediaType.OCI_LAYER_GZIP, packing.pack(new byte[TAR.length]));
        ContentProvider swapped = blob -> content.open(other);
        Descriptor wrong = new Descriptor(MediaType.OCI_LAYER_GZIP, layer.digest(), other.size());
        String message = assertThrows(InvalidArgument.class, () -> DiffIds.compute(swapped, wrong))
                .getMessage();
        assertEquals(layer.digest() + ": the bytes have the digest " + other.digest() + ": invalid argument", message);
    }

    @Test
    void anErrorOfTheSourceIsNotDamage() {
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, gzip(TAR));
        IOException broken = new IOException("broken");
        ContentProvider source = blob -> new ContentReader() {
            @Override
            public long size() {
                return layer.size();
            }

            @Override
            public int read(ByteBuffer target, long position) throws IOException {
                if (position > 100_000) {
                    throw broken;
                }
                return content.open(blob).read(target, position);
            }

            @Override
            public void close() {}
        };
        assertEquals(broken, assertThrows(IOException.class, () -> DiffIds.compute(source, layer)));
    }

    @Test
    void anInterruptEndsItAndStays() {
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, gzip(TAR));
        Thread.currentThread().interrupt();
        assertThrows(Cancelled.class, () -> DiffIds.compute(content, layer));
        assertTrue(Thread.interrupted());
    }

    @ParameterizedTest
    @ValueSource(strings = {MediaType.OCI_LAYER_ENCRYPTED, MediaType.OCI_LAYER_GZIP_ENCRYPTED})
    void anEncryptedLayerHasNone(String mediaType) {
        Descriptor layer = content.add(mediaType, TAR);
        assertEquals(
                layer.digest() + ": is encrypted, its media type is \"" + mediaType
                        + "\": decrypt it first: invalid argument",
                assertThrows(InvalidArgument.class, () -> DiffIds.compute(content, layer))
                        .getMessage());
    }

    @Test
    void theLabelOfAStoreSavesTheWork() throws IOException {
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, gzip(TAR));
        assertEquals(DIFF_ID, DiffIds.get(content, layer).toString());
        assertEquals(
                Map.of("containerd.io/uncompressed", DIFF_ID),
                content.info(layer.digest()).labels());

        String other = "sha256:" + "1".repeat(64);
        content.label(layer.digest(), Map.of(DiffIds.LABEL, other));
        assertEquals(other, DiffIds.get(content, layer).toString());
        content.label(layer.digest(), Map.of(DiffIds.LABEL, "x"));
        assertEquals(
                layer.digest() + ": label containerd.io/uncompressed \"x\" invalid: invalid checksum digest format:"
                        + " invalid argument",
                assertThrows(InvalidArgument.class, () -> DiffIds.get(content, layer))
                        .getMessage());
    }

    /** A store whose labels cannot be changed. */
    private record ReadOnly(InMemoryContent content, AtomicInteger opened) implements ContentProvider, ContentManager {
        @Override
        public ContentReader open(Descriptor blob) {
            opened.incrementAndGet();
            return content.open(blob);
        }

        @Override
        public ContentInfo info(String digest) {
            return content.info(digest);
        }

        @Override
        public ContentInfo label(String digest, Map<String, String> labels) throws IOException {
            throw new IOException("read-only");
        }
    }

    @Test
    void aStoreThatKeepsNoLabelIsAskedAgain() throws IOException {
        ReadOnly store = new ReadOnly(content, new AtomicInteger());
        Descriptor layer = content.add(MediaType.OCI_LAYER_GZIP, gzip(TAR));
        assertEquals(DIFF_ID, DiffIds.get(store, layer).toString());
        assertEquals(DIFF_ID, DiffIds.get(store, layer).toString());
        assertEquals(2, store.opened().get());
        Descriptor plain = new Descriptor(MediaType.OCI_LAYER, layer.digest(), layer.size());
        assertEquals(layer.digest(), DiffIds.get(store, plain).toString());
        assertEquals(2, store.opened().get());
    }
}
