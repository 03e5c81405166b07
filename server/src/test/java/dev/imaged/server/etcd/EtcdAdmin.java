package dev.imaged.server.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an operator does with the first member of a cluster, by the JSON form of etcd's API. */
final class EtcdAdmin {
    private final HttpClient http = HttpClient.newHttpClient();
    private final String endpoint;

    EtcdAdmin(EtcdCluster cluster) {
        this.endpoint = cluster.endpoints().get(0);
    }

    /** Calls a method, and returns its answer; a request is in JSON. */
    private String call(String path, String request, Object... values) throws IOException, InterruptedException {
        HttpRequest post = HttpRequest.newBuilder(URI.create("http://" + endpoint + "/v3/" + path))
                .POST(BodyPublishers.ofString(request.replace('\'', '"').formatted(values)))
                .build();
        HttpResponse<String> response = http.send(post, BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
        return response.body();
    }

    private static String bytes(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Returns a number of an answer. */
    private static String number(String field, String answer) {
        Matcher number = Pattern.compile("\"" + field + "\":\"([0-9]+)\"").matcher(answer);
        assertTrue(number.find(), answer);
        return number.group(1);
    }

    /** Drops what images were, and gives their space back to the disk. */
    void freeSpace() throws IOException, InterruptedException {
        String newest = number("revision", call("kv/range", "{'key': '%s'}", bytes("any")));
        call("kv/compaction", "{'revision': '%s', 'physical': true}", newest);
        call("maintenance/defragment", "{}");
    }

    /** Has a member take writes again that was out of space. */
    void disarm() throws IOException, InterruptedException {
        String member = number("memberID", call("maintenance/alarm", "{'action': 'GET'}"));
        call("maintenance/alarm", "{'action': 'DEACTIVATE', 'memberID': '%s', 'alarm': 'NOSPACE'}", member);
    }

    /** Adds a user who may read and write the keys of a prefix, which ends with a slash. */
    void addUser(String name, String password, String prefix) throws IOException, InterruptedException {
        String end = prefix.substring(0, prefix.length() - 1) + (char) ('/' + 1);
        addUser(name, password);
        call(
                "auth/role/grant",
                "{'name': '%s', 'perm': {'permType': 'READWRITE', 'key': '%s', 'range_end': '%s'}}",
                name,
                bytes(prefix),
                bytes(end));
    }

    /** Lets nobody in who is not a user. */
    void requireUsers() throws IOException, InterruptedException {
        addUser("root", "root");
        call("auth/enable", "{}");
    }

    /** Adds a user with a role of the same name. */
    private void addUser(String name, String password) throws IOException, InterruptedException {
        call("auth/user/add", "{'name': '%s', 'password': '%s'}", name, password);
        call("auth/role/add", "{'name': '%s'}", name);
        call("auth/user/grant", "{'user': '%s', 'role': '%s'}", name, name);
    }
}
