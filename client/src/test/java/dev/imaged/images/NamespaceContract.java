package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertFails;
import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.FailedPrecondition;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.internal.text.GoQuote;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Which namespaces there are, and that they do not share names. */
interface NamespaceContract extends ContractFixture {
    @Test
    default void anEmptyNamespaceIsRefused() {
        assertFails(
                FailedPrecondition.class, "namespace is required: failed precondition", () -> stores().namespace(""));
    }

    @TestFactory
    default Stream<DynamicTest> otherNamespacesAreRefused() {
        return Stream.of(
                        " ",
                        "a b",
                        "a..b",
                        "a--b",
                        "a._b",
                        ".a",
                        "a.",
                        "-a",
                        "a-",
                        "_a",
                        "a_",
                        "a/b",
                        "a:b",
                        "a@b",
                        "*",
                        "a,b",
                        "é",
                        ".",
                        "..",
                        "a\n",
                        "a".repeat(70) + "..b")
                .map(namespace -> DynamicTest.dynamicTest(
                        GoQuote.quote(namespace),
                        () -> assertFails(
                                InvalidArgument.class,
                                "namespace validation: identifier " + GoQuote.quote(namespace)
                                        + " must match ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument",
                                () -> stores().namespace(namespace))));
    }

    @Test
    default void aNamespaceHas76CharactersAtMostWhateverTheyAre() {
        stores().namespace("n".repeat(76)).create(image("a"));

        for (String tooLong : new String[] {"n".repeat(77), "/".repeat(77)}) {
            assertFails(
                    InvalidArgument.class,
                    "namespace validation: identifier \"" + tooLong
                            + "\" greater than maximum length (76 characters): invalid argument",
                    () -> stores().namespace(tooLong));
        }
    }

    @Test
    default void anUnknownNamespaceHasNoImages() {
        ImageStore unknown = stores().namespace("unknown");

        assertNames(unknown.list());
        assertThrows(NotFound.class, () -> unknown.get("a"));
        assertThrows(NotFound.class, () -> unknown.update(image("a"), UpdateMask.all()));
        assertThrows(NotFound.class, () -> unknown.delete("a"));
    }

    @Test
    default void namespacesDoNotShareNames() {
        String[] namespaces = {"x", "xb", "X", "x.b", "x-b", "version", "0"};
        for (String namespace : namespaces) {
            stores().namespace(namespace).create(image("a", Map.of("in", namespace)));
        }
        for (String namespace : namespaces) {
            ImageStore store = stores().namespace(namespace);

            assertNames(store.list(), "a");
            assertNames(store.list("labels.in".lines().toList()), "a");
            assertEquals(Map.of("in", namespace), store.get("a").labels());
        }
        stores().namespace("x").delete("a");
        assertNames(stores().namespace("xb").list(), "a");
    }
}
