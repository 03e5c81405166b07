package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code index.json} may not be, and what the message says. In the documents, {@code DIGEST} is a valid digest. */
class BrokenIndexTest {
    private static final String DIGEST = "sha256:" + "a".repeat(64);

    private static void read(String document) {
        byte[] bytes = document.replace('`', '"').replace("DIGEST", DIGEST).getBytes(StandardCharsets.UTF_8);
        ManifestReader.children("index.json", bytes, MediaType.OCI_INDEX);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            ~~                                                  | index.json: is empty
            []                                                  | index.json: must be an object, is an array
            {                                                   | index.json: is no valid JSON: Unexpected end-of-input
            {'a':1}                                             | index.json: is no valid JSON: Unexpected character
            {}                                                  | index.json: schemaVersion is missing
            {`schemaVersion`:1,`manifests`:[]}                  | index.json: schemaVersion must be 2, is 1
            {`schemaVersion`:`2`,`manifests`:[]}                | index.json: /schemaVersion must be a whole number, is a string
            {`schemaVersion`:2.0,`manifests`:[]}                | index.json: /schemaVersion must be a whole number, is a number with a fraction
            {`schemaVersion`:2}                                 | index.json: manifests is missing
            {`schemaVersion`:2,`manifests`:null}                | index.json: /manifests must be an array, is null
            {`schemaVersion`:2,`manifests`:[]} {}               | index.json: goes on behind its end
            {`schemaVersion`:2,`manifests`:[]}x                 | index.json: is no valid JSON: Unrecognized token 'x'
            {`schemaVersion`:2,`schemaVersion`:2}               | index.json: is no valid JSON: Duplicate
            {`x`:{`y`:1,`y`:1}}                                 | index.json: is no valid JSON: Duplicate
            {`schemaVersion`:2,`mediaType`:`x`,`manifests`:[]}  | index.json: mediaType must be application/vnd.oci.image.index.v1+json, is "x"
            {`schemaVersion`:2,`manifests`:[],`layers`:[]}      | index.json: has the fields of an index and of a manifest
            {`manifests`:[7]}                                   | index.json: /manifests/0 must be an object, is a whole number
            {`manifests`:[{`digest`:`DIGEST`,`size`:1}]}        | index.json: /manifests/0 mediaType is missing
            {`manifests`:[{`mediaType`:`x`,`size`:1}]}          | index.json: /manifests/0 digest is missing
            {`manifests`:[{`mediaType`:`x`,`digest`:`DIGEST`}]} | index.json: /manifests/0 size is missing
            {`manifests`:[{`mediaType`:true}]}                  | index.json: /manifests/0/mediaType must be a string, is a boolean
            {`manifests`:[{`digest`:`sha256:00`}]}              | index.json: /manifests/0/digest "sha256:00" invalid: invalid checksum digest length
            {`manifests`:[{`digest`:`../../x`}]}                | index.json: /manifests/0/digest "../../x" invalid: invalid checksum digest format
            {`manifests`:[{`size`:-1}]}                         | index.json: /manifests/0/size must not be negative, is -1
            {`manifests`:[{`size`:9223372036854775808}]}        | index.json: /manifests/0/size must fit in 64 bits, is 9223372036854775808
            {`manifests`:[{`annotations`:{`a/b`:1}}]}           | index.json: /manifests/0/annotations/a~1b must be a string, is a whole number
            """)
    void isInvalid(String document, String message) {
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> read(document));
        assertTrue(String.valueOf(error.getMessage()).startsWith(message), error::getMessage);
        assertTrue(String.valueOf(error.getMessage()).endsWith(": invalid argument"), error::getMessage);
    }

    @Test
    void unknownFieldsAreIgnored() {
        read("{`schemaVersion`:2,`new`:{`manifests`:[{}]},`manifests`:[{`mediaType`:`x`,`digest`:`DIGEST`,"
                + "`size`:0,`platform`:{`os`:[{}]},`data`:``}],`annotations`:{`a`:[[]]}}");
    }

    @Test
    void aTextHasToBeUtf8() {
        byte[] bytes = "{\"é\":1}".getBytes(StandardCharsets.ISO_8859_1);
        InvalidArgument error = assertThrows(
                InvalidArgument.class, () -> ManifestReader.children("index.json", bytes, MediaType.OCI_INDEX));
        assertEquals("index.json: is no UTF-8 text: invalid argument", error.getMessage());
    }

    @Test
    void nestingHasALimit() {
        for (String open : List.of("[", "{\"a\":")) {
            assertThrows(InvalidArgument.class, () -> read("{`x`:" + open.repeat(1_000_000)));
        }
    }
}
