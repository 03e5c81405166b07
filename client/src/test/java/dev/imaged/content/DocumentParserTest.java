package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.ExecutionConfig;
import dev.imaged.oci.ImageConfig;
import dev.imaged.oci.Index;
import dev.imaged.oci.Manifest;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents are written with {@code `} for quotes, {@code DIGEST} for a digest and {@code BLOB} for a descriptor. */
class DocumentParserTest {
    private static final String DIGEST = "sha256:" + "0".repeat(64);
    private static final Descriptor BLOB = new Descriptor("x", DIGEST, 1);

    private static byte[] bytes(String document) {
        return document.replace("BLOB", "{`mediaType`:`x`,`digest`:`DIGEST`,`size`:1}")
                .replace('`', '"')
                .replace("DIGEST", DIGEST)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Index index(String document) {
        return DocumentParser.index(new Descriptor(MediaType.OCI_INDEX, "I", 0), bytes(document));
    }

    private static Manifest manifest(String document) {
        return DocumentParser.manifest(new Descriptor(MediaType.OCI_MANIFEST, "M", 0), bytes(document));
    }

    private static ImageConfig config(String document) {
        return DocumentParser.config(new Descriptor(MediaType.OCI_CONFIG, "C", 0), bytes(document));
    }

    private static void read(String kind, String document) {
        switch (kind) {
            case "I" -> index(document);
            case "M" -> manifest(document);
            default -> config(document);
        }
    }

    /** A message that ends in {@code ...} goes on with what the JSON parser says. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            ~~                                                  | I: is empty
            []                                                  | I: must be an object, is an array
            {                                                   | I: is not valid JSON: Unexpected end-of-input...
            {'a':1}                                             | I: is not valid JSON: Unexpected character...
            {}                                                  | I: schemaVersion is missing
            {`manifests`:[]}                                    | I: schemaVersion is missing
            {`schemaVersion`:3,`manifests`:[]}                  | I: /schemaVersion must be 2, is 3
            {`schemaVersion`:`2`,`manifests`:[]}                | I: /schemaVersion must be a whole number, is a string
            {`schemaVersion`:2.0,`manifests`:[]}                | I: /schemaVersion must be a whole number, is a number with a fraction
            {`schemaVersion`:2,`manifests`:{}}                  | I: /manifests must be an array, is an object
            {`schemaVersion`:2,`manifests`:[]} {}               | I: has more text after its end
            {`schemaVersion`:2,`manifests`:[]}x                 | I: is not valid JSON: Unrecognized token at line 1, column 35
            {`schemaVersion`:2,`schemaVersion`:2}               | I: /schemaVersion is not valid JSON: Duplicate field 'schemaVersion' at line 1, column 35
            {`x`:{`y`:1,`y`:1}}                                 | I: /x/y is not valid JSON: Duplicate field 'y' at line 1, column 16
            {`x`:{`y`:[1,                                       | I: /x/y/1 is not valid JSON: Unexpected end-of-input...
            {`x`:`\\q`}                                         | I: /x is not valid JSON: Unrecognized character escape 'q' (code 113)...
            {`annotations`:{`k`:`a\\ud800`}}                     | I: /annotations/k is not Unicode text: unpaired surrogate at index 1
            {`annotations`:{`\\udc00`:`v`}}                      | I: /annotations/\\udc00 is not Unicode text: unpaired surrogate at index 0
            {`annotations`:{`a\\nb`:1}}                          | I: /annotations/a\\nb must be a string, is a whole number
            {`annotations`:{`a\\nb`:``,`a\\nb`:``}}               | I: /annotations/a\\nb is not valid JSON: Duplicate field 'a\\nb'...
            null                                                | I: must be an object, is null
            {`mediaType`:`x`}                                   | I: /mediaType "x" is the type of neither an index nor a manifest
            {`mediaType`:`application/vnd.oci.image.manifest.v1+json`} | I: /mediaType media-type: expected index but found manifest (application/vnd.oci.image.index.v1+json)
            {`mediaType`:`application/vnd.oci.image.index.v1+json`} | M: /mediaType media-type: expected manifest but found index (application/vnd.oci.image.manifest.v1+json)
            {`manifests`:[]}                                    | M: /manifests media-type: expected manifest but found index (application/vnd.oci.image.manifest.v1+json)
            {`config`:BLOB}                                     | I: /config media-type: expected index but found manifest (application/vnd.oci.image.index.v1+json)
            {`layers`:[]}                                       | I: /layers media-type: expected index but found manifest (application/vnd.oci.image.index.v1+json)
            {`config`:null}                                     | I: /config media-type: expected index but found manifest (application/vnd.oci.image.index.v1+json)
            {`layers`:null}                                     | I: /layers media-type: expected index but found manifest (application/vnd.oci.image.index.v1+json)
            {`manifests`:null}                                  | M: /manifests media-type: expected manifest but found index (application/vnd.oci.image.manifest.v1+json)
            {`fsLayers`:null}                                   | M: /fsLayers media-type: schema 1 not supported
            {`schemaVersion`:1}                                 | M: /schemaVersion media-type: schema 1 not supported
            {`fsLayers`:[]}                                     | M: /fsLayers media-type: schema 1 not supported
            {`fsLayers`:[]}                                     | I: /fsLayers media-type: schema 1 not supported
            {`schemaVersion`:2}                                 | M: config is missing
            {`schemaVersion`:2,`config`:BLOB,`layers`:[BLOB,7]} | M: /layers/1 must be an object, is a whole number
            {`schemaVersion`:2,`config`:BLOB,`layers`:[null]}   | M: /layers/0 must be an object, is null
            {`manifests`:[7]}                                   | I: /manifests/0 must be an object, is a whole number
            {`manifests`:[{`digest`:`DIGEST`,`size`:1}]}        | I: /manifests/0 mediaType is missing
            {`manifests`:[{`mediaType`:`x`,`size`:1}]}          | I: /manifests/0 digest is missing
            {`manifests`:[{`mediaType`:`x`,`digest`:`DIGEST`}]} | I: /manifests/0 size is missing
            {`manifests`:[{`mediaType`:true}]}                  | I: /manifests/0/mediaType must be a string, is a boolean
            {`manifests`:[{`digest`:`sha256:00`}]}              | I: /manifests/0/digest "sha256:00" invalid: invalid checksum digest length
            {`manifests`:[{`digest`:`md5:00`}]}                 | I: /manifests/0/digest "md5:00" invalid: unsupported digest algorithm
            {`manifests`:[{`digest`:`../../x`}]}                | I: /manifests/0/digest "../../x" invalid: invalid checksum digest format
            {`manifests`:[{`size`:-1}]}                         | I: /manifests/0/size must not be negative, is -1
            {`manifests`:[{`size`:1.5}]}                        | I: /manifests/0/size must be a whole number, is a number with a fraction
            {`manifests`:[{`size`:1e3}]}                        | I: /manifests/0/size must be a whole number, is a number with a fraction
            {`manifests`:[{`size`:`1`}]}                        | I: /manifests/0/size must be a whole number, is a string
            {`manifests`:[{`size`:9223372036854775808}]}        | I: /manifests/0/size must fit in 64 bits, is 9223372036854775808
            {`manifests`:[{`annotations`:{`a/b`:1}}]}           | I: /manifests/0/annotations/a~1b must be a string, is a whole number
            {`manifests`:[{`platform`:[]}]}                     | I: /manifests/0/platform must be an object, is an array
            {`manifests`:[{`platform`:{`os.features`:[1]}}]}    | I: /manifests/0/platform/os.features/0 must be a string, is a whole number
            {`manifests`:[{`urls`:`x`}]}                        | I: /manifests/0/urls must be an array, is a string
            {`manifests`:[{`data`:`%%%%`}]}                        | I: /manifests/0/data is not base64: Illegal base64 character 25
            {`manifests`:[{`data`:`AA`}]}                       | I: /manifests/0/data is not base64: has 2 characters, not a multiple of 4
            {`subject`:{}}                                      | M: /subject size is missing
            {`created`:`yesterday`}                             | C: /created "yesterday" is not a time of RFC 3339
            {`created`:`2024-01-01T00:00Z`}                     | C: /created "2024-01-01T00:00Z" is not a time of RFC 3339
            {`created`:`2023-02-29T00:00:00Z`}                  | C: /created "2023-02-29T00:00:00Z" is not a time of RFC 3339
            {`created`:0}                                       | C: /created must be a string, is a whole number
            {`history`:[null]}                                  | C: /history/0 must be an object, is null
            {`config`:{`Env`:[null]}}                           | C: /config/Env/0 must be a string, is null
            {`os`:7}                                            | C: /os must be a string, is a whole number
            {`rootfs`:{`diff_ids`:[`x`]}}                       | C: /rootfs/diff_ids/0 "x" invalid: invalid checksum digest format
            {`config`:{`Cmd`:`sh`}}                             | C: /config/Cmd must be an array, is a string
            {`config`:{`ExposedPorts`:[]}}                      | C: /config/ExposedPorts must be an object, is an array
            {`config`:{`ArgsEscaped`:1}}                        | C: /config/ArgsEscaped must be a boolean, is a whole number
            {`history`:[{`empty_layer`:`true`}]}                | C: /history/0/empty_layer must be a boolean, is a string
            """)
    void isInvalid(String document, String message) {
        InvalidArgument error =
                assertThrows(InvalidArgument.class, () -> read(message.substring(0, 1), document), message);
        String actual = String.valueOf(error.getMessage());
        if (message.endsWith("...")) {
            assertTrue(actual.startsWith(message.substring(0, message.length() - 3)), actual);
            assertTrue(actual.endsWith(": invalid argument"), actual);
        } else {
            assertEquals(message + ": invalid argument", actual);
        }
    }

    @Test
    void aDocumentOfAnotherTypeIsNotRead() {
        Descriptor schema1 = new Descriptor(MediaType.DOCKER_SCHEMA1_MANIFEST, "S", 0);
        assertInvalid("S: media-type: schema 1 not supported", () -> DocumentParser.manifest(schema1, bytes("{}")));
        Descriptor other = new Descriptor("text/plain", "T", 0);
        assertInvalid("T: media type \"text/plain\" is not an index", () -> DocumentParser.index(other, bytes("{}")));
        assertInvalid(
                "T: media type \"text/plain\" is not the config of an image",
                () -> DocumentParser.config(other, bytes("{}")));
    }

    private static void assertInvalid(String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(
                message + ": invalid argument",
                assertThrows(InvalidArgument.class, action).getMessage());
    }

    @Test
    void everyFieldOfAnIndexIsKept() {
        Index index = index("""
                {`schemaVersion`:2,`mediaType`:`application/vnd.docker.distribution.manifest.list.v2+json`,
                 `artifactType`:`application/a`,`subject`:BLOB,`annotations`:{`b`:`1`,`a`:`2`},
                 `manifests`:[{`mediaType`:`m`,`digest`:`DIGEST`,`size`:1,`annotations`:{`k`:`v`},
                   `urls`:[`https://example.org/1`],`data`:`AA==`,`artifactType`:`application/b`,
                   `platform`:{`architecture`:`arm`,`os`:`windows`,`os.version`:`10.0.1`,`os.features`:[`win32k`],
                     `variant`:`v7`}}]}""");
        Descriptor entry = new Descriptor("m", DIGEST, 1, Map.of("k", "v"))
                .withPlatform(new Platform("arm", "windows", "10.0.1", List.of("win32k"), "v7"))
                .withArtifactType("application/b")
                .withUrls(List.of("https://example.org/1"))
                .withData("AA==");
        assertEquals(
                new Index(
                        MediaType.DOCKER_MANIFEST_LIST,
                        "application/a",
                        List.of(entry),
                        BLOB,
                        Map.of("a", "2", "b", "1")),
                index);
        assertEquals(List.of("a", "b"), List.copyOf(index.annotations().keySet()));
    }

    @Test
    void everyFieldOfAManifestIsKept() {
        assertEquals(
                new Manifest(
                        MediaType.DOCKER_MANIFEST, "application/a", BLOB, List.of(BLOB, BLOB), BLOB, Map.of("k", "v")),
                manifest("""
                        {`schemaVersion`:2,`mediaType`:`application/vnd.docker.distribution.manifest.v2+json`,
                         `artifactType`:`application/a`,`config`:BLOB,`layers`:[BLOB,BLOB],`subject`:BLOB,
                         `annotations`:{`k`:`v`}}"""));
    }

    @Test
    void everyFieldOfAConfigIsKept() {
        ImageConfig config = config("""
                {`created`:`2024-02-29T12:00:00.5000000000+01:00`,`author`:`a`,`architecture`:`amd64`,`os`:`linux`,
                 `os.version`:`1`,`os.features`:[`f`],`variant`:`v2`,
                 `config`:{`User`:`u`,`ExposedPorts`:{`80/tcp`:{},`443/tcp`:null},`Env`:[`A=b`],`Entrypoint`:[`e`],
                   `Cmd`:[`c`],`Volumes`:{`/data`:{}},`WorkingDir`:`/w`,`Labels`:{`k`:`v`},`StopSignal`:`TERM`,
                   `ArgsEscaped`:true},
                 `rootfs`:{`type`:`layers`,`diff_ids`:[`DIGEST`]},
                 `history`:[{`created`:`0001-01-01T00:00:00Z`,`created_by`:`by`,`author`:`a`,`comment`:`c`,
                   `empty_layer`:true},{}]}""");
        assertEquals(
                new ImageConfig(
                        Instant.parse("2024-02-29T11:00:00.5Z"),
                        "a",
                        new Platform("amd64", "linux", "1", List.of("f"), "v2"),
                        new ExecutionConfig(
                                "u",
                                Set.of("80/tcp", "443/tcp"),
                                List.of("A=b"),
                                List.of("e"),
                                List.of("c"),
                                Set.of("/data"),
                                "/w",
                                Map.of("k", "v"),
                                "TERM",
                                true),
                        new ImageConfig.RootFs("layers", List.of(DIGEST)),
                        List.of(
                                new ImageConfig.History(Instant.parse("0001-01-01T00:00:00Z"), "by", "a", "c", true),
                                new ImageConfig.History(null, "", "", "", false))),
                config);
    }

    @Test
    void nullIsAsGoodAsAbsent() {
        ImageConfig config = config("{`created`:null,`config`:{`Cmd`:null,`Env`:null,`Labels`:null,`Volumes`:null,"
                + "`OnBuild`:null},`rootfs`:{`type`:`layers`,`diff_ids`:null},`history`:null}");
        assertEquals(ExecutionConfig.EMPTY, config.config());
        assertEquals(List.of(), config.rootFs().diffIds());
        assertEquals(
                List.of(),
                manifest("{`schemaVersion`:2,`config`:BLOB,`layers`:null}").layers());
        assertEquals(List.of(), manifest("{`schemaVersion`:2,`config`:BLOB}").layers());
        assertEquals(List.of(), index("{`schemaVersion`:2,`manifests`:null}").manifests());
    }

    /** {@code #} and {@code ~} stand for U+017F and U+212A, which Go takes for an s and a k. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {`Manifests`:[]}                                    | I: /Manifests must be written manifests
            {`MANIFESTS`:null}                                  | I: /MANIFESTS must be written manifests
            {`manife#t#`:[]}                                    | I: /manife#t# must be written manifests
            {`\\u006danife\\u017fts`:[]}                        | I: /manife#ts must be written manifests
            {`Config`:{}}                                       | I: /Config must be written config
            {`config`:BLOB,`CONFIG`:BLOB}                       | M: /CONFIG must be written config
            {`LAYERS`:[BLOB]}                                   | M: /LAYERS must be written layers
            {`fslayers`:[]}                                     | M: /fslayers must be written fsLayers
            {`schemaversion`:2}                                 | M: /schemaversion must be written schemaVersion
            {`MediaType`:`x`}                                   | I: /MediaType must be written mediaType
            {`Subject`:BLOB}                                    | I: /Subject must be written subject
            {`Annotations`:{}}                                  | I: /Annotations must be written annotations
            {`artifacttype`:`x`}                                | I: /artifacttype must be written artifactType
            {`manifests`:[{`Digest`:`x`}]}                      | I: /manifests/0/Digest must be written digest
            {`manifests`:[{`#ize`:1}]}                          | I: /manifests/0/#ize must be written size
            {`manifests`:[{`URLs`:[]}]}                         | I: /manifests/0/URLs must be written urls
            {`manifests`:[{`platform`:{`OS`:`x`}}]}             | I: /manifests/0/platform/OS must be written os
            {`manifests`:[{`platform`:{`OS.Version`:`x`}}]}     | I: /manifests/0/platform/OS.Version must be written os.version
            {`layers`:[{`Data`:`AA==`}]}                        | M: /layers/0/Data must be written data
            {`RootFS`:{}}                                       | C: /RootFS must be written rootfs
            {`rootfs`:{`diff_ID#`:[]}}                          | C: /rootfs/diff_ID# must be written diff_ids
            {`Architecture`:`x`}                                | C: /Architecture must be written architecture
            {`config`:{`user`:`root`}}                          | C: /config/user must be written User
            {`config`:{`entrypoint`:[]}}                        | C: /config/entrypoint must be written Entrypoint
            {`config`:{`Wor~ingDir`:`x`}}                       | C: /config/Wor~ingDir must be written WorkingDir
            {`history`:[{`Created_By`:`x`}]}                    | C: /history/0/Created_By must be written created_by
            """)
    void aKeyThatDiffersFromAKnownOneInCaseIsRefused(String document, String message) {
        InvalidArgument error =
                assertThrows(InvalidArgument.class, () -> read(message.substring(0, 1), written(document)), message);
        assertEquals(
                written(message) + ": other readers ignore case and take it for that key: invalid argument",
                error.getMessage());
    }

    private static String written(String text) {
        return text.replace('#', '\u017f').replace('~', '\u212a');
    }

    @Test
    void keysOfAnnotationsAndLabelsMayBeAnything() {
        assertEquals(
                Map.of("Config", "1", "config", "2"),
                index("{`schemaVersion`:2,`manifests`:[],`annotations`:{`Config`:`1`,`config`:`2`}}")
                        .annotations());
        assertEquals(
                Map.of("User", "1", "user", "2"),
                config("{`config`:{`Labels`:{`User`:`1`,`user`:`2`}}}").config().labels());
    }

    /** The blob may be at the source all the same. */
    @Test
    void dataThatIsNotTheContentIsKept() {
        Index index =
                index("{`schemaVersion`:2,`manifests`:[{`mediaType`:`x`,`digest`:`DIGEST`,`size`:2,`data`:`AA==`}]}");
        assertEquals(
                new Descriptor("x", DIGEST, 2).withData("AA=="),
                index.manifests().get(0));
    }

    @Test
    void unknownFieldsAreIgnored() {
        index("{`schemaVersion`:2,`new`:{`manifests`:[{}]},`configs`:{},`manifests`:[{`mediaType`:`x`,"
                + "`digest`:`DIGEST`,`size`:0,`new`:{`os`:[{}]}}],`annotations`:{`a`:`b`}}");
        config("{`container_config`:{`Cmd`:`x`},`docker_version`:`1.13`,`config`:{`Healthcheck`:{`Test`:[`NONE`]},"
                + "`Shell`:[`sh`],`StopTimeout`:5}}");
    }

    @Test
    void aManifestMayCallItselfByTheOtherManifestType() {
        Descriptor docker = new Descriptor(MediaType.DOCKER_MANIFEST, "M", 0);
        byte[] document = bytes("{`schemaVersion`:2,`mediaType`:`application/vnd.oci.image.manifest.v1+json`,"
                + "`config`:BLOB,`layers`:[]}");
        assertEquals(
                MediaType.OCI_MANIFEST,
                DocumentParser.manifest(docker, document).mediaType());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{`mediaType`:`LONG`}",
                "{`manifests`:[{`digest`:`LONG`}]}",
                "{`annotations`:{`LONG`:1}}",
                "{`LONG`:1,`LONG`:1}"
            })
    void aLongValueIsQuotedInPart(String document) {
        String text = document.replace("LONG", "x".repeat(40_000));
        String message = assertThrows(InvalidArgument.class, () -> index(text)).getMessage();
        assertTrue(message.startsWith("I: ") && message.contains("xxx...") && message.length() < 700, message);
    }

    @Test
    void aTextHasToBeUtf8() {
        byte[] bytes = "{\"é\":1}".getBytes(StandardCharsets.ISO_8859_1);
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> DocumentParser.index("index.json", bytes));
        assertEquals("index.json: is not UTF-8 text: invalid argument", error.getMessage());
    }

    @Test
    void nestingHasALimit() {
        for (String open : List.of("[", "{\"a\":")) {
            InvalidArgument error = assertThrows(InvalidArgument.class, () -> index("{`x`:" + open.repeat(1_000_000)));
            assertTrue(error.getMessage().contains("nesting depth (65)"), error::getMessage);
        }
    }
}
