package dev.imaged.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is an address, and what is said of a text that is not one. */
class AddressTest {
    @ParameterizedTest
    @CsvSource({
        "/run/x.sock, unix:///run/x.sock",
        "unix:///run/x.sock, unix:///run/x.sock",
        "unix:/run/x.sock, unix:///run/x.sock",
        "/run/a b.sock, unix:///run/a b.sock",
        "/run/é.sock, unix:///run/é.sock",
        "127.0.0.1:7780, 127.0.0.1:7780",
        "localhost:0, localhost:0",
        "images.example.com:65535, images.example.com:65535",
        "[::1]:7780, [::1]:7780",
        "dns:///images.example.com:7780, images.example.com:7780",
        "dns:///[::1]:7780, [::1]:7780",
    })
    void anAddressIsReadAndWritten(String text, String written) {
        Address address = Address.parse(text);
        assertEquals(written, address.toString());
        assertEquals(address, Address.parse(address.toString()));
    }

    @Test
    void aRelativePathIsOneInTheWorkingFolder() {
        assertEquals(new Address.Unix(Path.of("s").toAbsolutePath().toString()), Address.parse("unix:s"));
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, has no port",
        "127.0.0.1, has no port",
        "[::1], has no port",
        "'', has no port",
        "http://localhost:7780, has a scheme other than unix",
        "https://localhost:7780, has a scheme other than unix",
        "dns:///localhost, has no HOST:PORT behind dns:///",
        "dns://resolver/localhost:7780, has a scheme other than unix",
        "./s.sock, is a path that does not begin with /",
        "run/s.sock:1, is a path that does not begin with /",
        "::1:7780, 'has colons in its host, which need brackets ([::1]:7780)'",
        ":7780, is neither a path nor a host with a port",
        "host:x, is neither a path nor a host with a port",
        "a b:1, is neither a path nor a host with a port",
        "host:1234567890, is neither a path nor a host with a port",
    })
    void whatIsNotAnAddressIsNamedWithTheProblemAndWhatToWrite(String text, String problem) {
        assertEquals(
                "address " + text + " " + problem + ": write unix:///PATH or HOST:PORT, for example 127.0.0.1:7780",
                refusal(text));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:99999, has a port greater than 65535",
        "127.0.0.1:65536, has a port greater than 65535",
        "unix://@name, 'names an abstract socket, which everyone on the machine may use: write unix:///PATH'",
        "unix:@name, 'names an abstract socket, which everyone on the machine may use: write unix:///PATH'",
        "unix://, has no path that begins with /: write unix:///PATH",
        "unix:, has no path that begins with /: write unix:///PATH",
        "unix://name/s.sock, has no path that begins with /: write unix:///PATH",
    })
    void whatCannotBeReachedIsNamedWithTheRule(String text, String problem) {
        assertEquals("address " + text + " " + problem, refusal(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::1]:7780", "127.0.0.1:7780", "localhost:7780", "unix:///tmp/a b%"})
    void aChannelTakesEachAddress(String text) {
        Address address = Address.parse(text);
        ManagedChannel channel = new ChannelOptions(InsecureChannelCredentials.create(), null)
                .builder(address, null)
                .build();
        assertEquals(address instanceof Address.Tcp ? text : "localhost", channel.authority());
        channel.shutdownNow();
    }

    @Test
    void aPathIsAsLongAsTheKernelTakesIt() {
        assertEquals(
                107,
                ((Address.Unix) Address.parse("/" + "x".repeat(106))).path().length());
        assertTrue(refusal("/" + "é".repeat(54)).endsWith("has 109 bytes, more than the maximum of 107"));
        assertTrue(refusal("/a\0b").endsWith("holds a NUL"));
    }

    @Test
    void nothingListensOnPortZero() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> RemoteImageStores.connect("localhost:0"))
                .getMessage()
                .startsWith("address localhost:0 has port 0"));
    }

    @Test
    void noMessageRepeatsALongText() {
        for (String text : new String[] {"x".repeat(200_000), "/" + "x".repeat(200_000)}) {
            assertTrue(refusal(text).length() < 500);
        }
    }

    private static String refusal(String text) {
        return assertThrows(IllegalArgumentException.class, () -> Address.parse(text))
                .getMessage();
    }
}
