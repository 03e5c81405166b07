package dev.imaged.bench;

import com.google.protobuf.MessageLite;
import dev.imaged.proto.images.v1.GetImageResponse;
import dev.imaged.proto.images.v1.ImagesGrpc;
import dev.imaged.proto.images.v1.ListImagesResponse;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * The limit of the transport: a server on the same one that looks at nothing and answers Get with one record and List with
 * all of them, always the same bytes.
 */
@Command(name = "bare", hidden = true, description = "Serves constants until it is killed.")
final class BareServerCommand implements Callable<Integer> {
    @Parameters(index = "0", description = "The unix socket to listen on.")
    private Path socket;

    @Parameters(index = "1", description = "How many records a list has.")
    private long images;

    @Override
    public Integer call() throws IOException, InterruptedException {
        ServerServiceDefinition service = ServerServiceDefinition.builder(ImagesGrpc.SERVICE_NAME)
                .addMethod(
                        RawMethods.of(ImagesGrpc.getGetMethod()),
                        constant(GetImageResponse.newBuilder()
                                .setImage(SyntheticImages.answer(0))
                                .build()))
                .addMethod(
                        RawMethods.of(ImagesGrpc.getListMethod()),
                        constant(ListImagesResponse.newBuilder()
                                .addAllImages(LongStream.range(0, images)
                                        .mapToObj(SyntheticImages::answer)
                                        .toList())
                                .build()))
                .build();
        EventLoopGroup loop =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("bare", true), EpollIoHandler.newFactory());
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()), InsecureServerCredentials.create())
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .directExecutor()
                .addService(service)
                .build()
                .start()
                .awaitTermination();
        return 0;
    }

    private static ServerCallHandler<byte[], byte[]> constant(MessageLite response) {
        byte[] bytes = response.toByteArray();
        return (ServerCall<byte[], byte[]> call, Metadata headers) -> {
            call.request(2);
            return new ServerCall.Listener<>() {
                @Override
                public void onHalfClose() {
                    call.sendHeaders(new Metadata());
                    call.sendMessage(bytes);
                    call.close(Status.OK, new Metadata());
                }
            };
        };
    }
}
