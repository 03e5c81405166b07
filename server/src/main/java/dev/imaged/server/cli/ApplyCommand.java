package dev.imaged.server.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.images.Applied;
import dev.imaged.images.Apply;
import dev.imaged.internal.wire.TransactionProtos;
import dev.imaged.proto.v1.ApplyRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Carries out the operations of a file together. */
@Command(
        name = "apply",
        description =
                "Carry out the operations of a file together, or none of them. The file has an ApplyRequest in JSON.",
        footerHeading = HelpOption.EXAMPLES,
        footer = "  imaged images apply release.json --dry-run")
@SuppressWarnings({"NullAway.Init", "unused"}) // picocli sets and reads them
public final class ApplyCommand implements Callable<Integer> {
    private static final Path STANDARD_INPUT = Path.of("-");

    @Spec
    private CommandSpec command;

    @ParentCommand
    private ImagesCommand images;

    @Mixin
    private HelpOption help;

    @Mixin
    private OutputOption output;

    @Mixin
    private RequestArguments arguments;

    @Parameters(paramLabel = "FILE", description = "What to read; - for standard input.")
    private Path file;

    @Override
    public Integer call() throws IOException {
        Apply read = read();
        Apply apply = read.with(arguments.options(read.options()));
        Applied applied = images.callTransactions(transactions -> transactions.apply(apply));
        AppliedOutput.print(command.commandLine().getOut(), output, applied);
        return 0;
    }

    private Apply read() throws IOException {
        byte[] json = file.equals(STANDARD_INPUT) ? System.in.readAllBytes() : Files.readAllBytes(file);
        ApplyRequest.Builder request = ApplyRequest.newBuilder();
        try {
            JsonFormat.parser().merge(new String(json, StandardCharsets.UTF_8), request);
        } catch (InvalidProtocolBufferException e) {
            throw new InvalidArgument(file + " is not an ApplyRequest in JSON: " + reason(e), e);
        }
        String namespace = images.connection().namespace();
        if (!request.getNamespace().isEmpty() && !request.getNamespace().equals(namespace)) {
            throw new InvalidArgument(file + " is for namespace " + request.getNamespace() + ", and the command for "
                    + namespace + ": give -n");
        }
        return TransactionProtos.fromProto(request.build());
    }

    /** The parser puts the name of a class before some of its messages. */
    private static String reason(InvalidProtocolBufferException error) {
        return String.valueOf(error.getMessage()).replaceFirst("^[a-z]+(\\.\\w+)+: ", "");
    }
}
