package dev.imaged.images;

import static dev.imaged.images.ContractFixture.assertNames;
import static dev.imaged.images.ContractFixture.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a list holds, and in which order. */
interface ListContract extends ContractFixture {
    @Test
    default void theOrderIsThatOfTheBytesOfUtf8() {
        List<String> ascending = List.of(
                "\0", " ", "A", "a", "a\0", "a ", "aa", "b", "~", "é", "\uFF5E", "\uFFFD", "\uD800\uDC00", "😀");
        List<String> shuffled = new java.util.ArrayList<>(ascending);
        java.util.Collections.shuffle(shuffled, new java.util.Random(7));

        shuffled.forEach(name -> store().create(image(name)));

        assertEquals(ascending, store().list().stream().map(Image::name).toList());
        assertEquals(
                ascending,
                store().list(List.of("target.digest==" + DIGEST_A)).stream()
                        .map(Image::name)
                        .toList());
    }

    @Test
    default void withoutAFilterOrWithAnEmptyOneEverythingIsListed() {
        store().create(image("a"));
        store().create(image("b"));

        assertNames(store().list(List.of()), "a", "b");
        assertNames(store().list(List.of("")), "a", "b");
        assertNames(store().list(List.of("name==a", "")), "a", "b");
    }

    @Test
    default void anImageThatSeveralFiltersMatchIsListedOnce() {
        store().create(image("a", Map.of("x", "1")));
        store().create(image("b", Map.of("x", "2")));
        store().create(new Image("c", TARGET_B));

        assertNames(store().list(List.of("labels.x==1", "name==a", "target.digest==" + DIGEST_A)), "a", "b");
        assertNames(store().list(List.of("name==c", "labels.x==1", "labels.x==1")), "a", "c");
        assertNames(store().list(List.of("name==c", "labels.x~=\"[0-9]\"")), "a", "b", "c");
    }

    @Test
    default void anInvalidFilterFailsTheWholeListEvenWhereThereAreNoImages() {
        assertThrows(InvalidArgument.class, () -> store().list(List.of("name==a", "name=")));
    }

    @Test
    default void anIndexFollowsEveryWrite() {
        store().create(image("a", Map.of("x", "1", "y", "1")));
        assertNames(store().list(List.of("labels.x==1")), "a");

        store().update(image("a", Map.of("x", "2")), UpdateMask.label("x"));
        assertNames(store().list(List.of("labels.x==1")));
        assertNames(store().list(List.of("labels.x==2")), "a");
        assertNames(store().list(List.of("labels.y==1")), "a");

        store().update(new Image("a", TARGET_B), UpdateMask.target());
        assertNames(store().list(List.of("target.digest==" + DIGEST_A)));
        assertNames(store().list(List.of("target.digest==" + DIGEST_B)), "a");

        store().delete("a");
        assertNames(store().list(List.of("labels.x==2", "labels.y", "target.digest==" + DIGEST_B)));
    }

    @Test
    default void keysAndValuesWithZeroBytesDoNotMeet() {
        store().create(image("a", Map.of("k", "v\0w")));
        store().create(image("b", Map.of("k\0v", "w")));
        store().create(image("c\0d", Map.of("k", "v")));
        store().create(image("d", Map.of("k", "v\0c")));

        assertNames(store().list(List.of("labels.k==v")), "c\0d");
        assertNames(store().list(List.of("labels.k==\"v\\x00w\"")), "a");
        assertNames(store().list(List.of("labels.\"k\\x00v\"==w")), "b");
        assertNames(store().list(List.of("labels.k")), "a", "c\0d", "d");
    }

    @Test
    default void aNameIsFoundNextToLongerOnes() {
        List.of("a", "a\0", "aa", "ab").forEach(name -> store().create(image(name)));

        assertNames(store().list(List.of("name==a")), "a");
        assertNames(store().list(List.of("name==aa")), "aa");
        assertNames(store().list(List.of("name==aaa")));
        assertNames(store().list(List.of("name~=\"^a[^b]?$\"")), "a", "a\0", "aa");
        store().delete("a");
        assertNames(store().list(List.of("name==a")));
    }

    @Test
    default void manyMatchesOfAnIndexAreAllListed() {
        for (int i = 0; i < 300; i++) {
            store().create(image(String.format("n%03d", i), Map.of("k", i % 2 == 0 ? "even" : "odd")));
        }

        assertEquals(150, store().list(List.of("labels.k==even")).size());
        assertEquals(300, store().list(List.of("labels.k")).size());
        assertEquals(
                300, store().list(List.of("labels.k==odd", "labels.k==even")).size());
        assertEquals(300, store().list(List.of("target.digest==" + DIGEST_A)).size());
    }
}
