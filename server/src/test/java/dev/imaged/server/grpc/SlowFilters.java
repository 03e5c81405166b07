package dev.imaged.server.grpc;

import java.util.Collections;
import java.util.List;

/** Filters that are made to take long to read, to compile or to match. */
final class SlowFilters {
    private SlowFilters() {}

    static List<List<String>> all() {
        String nested = "(((a{30}){30}){1,})";
        return List.of(
                List.of("name==\"" + "x".repeat(1 << 20) + '"'),
                List.of("name~=/" + "[a-z]*".repeat(2700) + "x$/"),
                List.of("name~=/" + "(a|b|c)?".repeat(1 << 17) + "/"),
                Collections.nCopies(10_000, "name~=/^.*x.*y.*z$/"),
                Collections.nCopies(10_000, "labels.nope==x"),
                Collections.nCopies(10_000, "name~=/(a?){900}z/"),
                List.of("name~=/" + nested + "/"),
                List.of("name~=/(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]{900}$/"),
                List.of("name~=/" + "(".repeat(900) + "a" + ")*".repeat(900) + "/"),
                List.of("name~=/(" + "image|".repeat(2700) + "x)+$/"),
                List.of("name~=\"" + "\\\\".repeat(1 << 19) + '"'),
                List.of("name~=/" + "\\x41".repeat(1 << 18) + "/"),
                List.of("name~=/(?i)[\u00e9-\ufffc]/"),
                List.of("name~=/" + "[\\\\pLa]".repeat(1 << 17) + "/"),
                List.of("name~=/(\\\\pL|\\\\pN|[^a])*(\\\\pL|\\\\pN){100}$/"));
    }
}
