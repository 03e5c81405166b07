package dev.imaged.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class EtcdOptionsTest {
    private static EtcdOptions options(String... args) {
        return CommandLine.populateCommand(new EtcdOptions(), args);
    }

    @Test
    void aPasswordWithoutItsUserIsRefused() {
        assertEquals(
                "variable IMAGED_ETCD_PASSWORD needs --etcd-user: invalid argument",
                assertThrows(InvalidArgument.class, () -> options("--etcd=a:1").config("secret"))
                        .getMessage());
        assertEquals(
                "variable IMAGED_ETCD_PASSWORD needs --etcd: invalid argument",
                assertThrows(InvalidArgument.class, () -> options().config("secret"))
                        .getMessage());
        assertEquals(
                "me",
                options("--etcd=a:1", "--etcd-user=me").config("secret").user().name());
    }
}
