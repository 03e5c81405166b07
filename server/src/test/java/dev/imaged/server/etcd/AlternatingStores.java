package dev.imaged.server.etcd;

import dev.imaged.images.AsyncImageStore;
import dev.imaged.images.Changes;
import dev.imaged.images.History;
import dev.imaged.images.ImageStores;
import dev.imaged.images.Pages;
import dev.imaged.images.Transactions;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Several stores as one: each call goes to the next of them. */
final class AlternatingStores implements ImageStores {
    private final List<ImageStores> all;
    private final AtomicInteger calls = new AtomicInteger();

    AlternatingStores(List<ImageStores> all) {
        this.all = List.copyOf(all);
    }

    @Override
    public AsyncImageStore async(String namespace) {
        all.get(0).async(namespace); // which checks the namespace
        return alternating(AsyncImageStore.class, stores -> stores.async(namespace));
    }

    @Override
    public Optional<Pages> pages(String namespace) {
        all.get(0).pages(namespace);
        return Optional.of(
                alternating(Pages.class, stores -> stores.pages(namespace).orElseThrow()));
    }

    @Override
    public Optional<History> history(String namespace) {
        all.get(0).history(namespace);
        return Optional.of(
                alternating(History.class, stores -> stores.history(namespace).orElseThrow()));
    }

    @Override
    public Optional<Changes> changes() {
        return Optional.of(alternating(Changes.class, stores -> stores.changes().orElseThrow()));
    }

    @Override
    public Optional<Transactions> transactions(String namespace) {
        all.get(0).transactions(namespace);
        return Optional.of(alternating(
                Transactions.class, stores -> stores.transactions(namespace).orElseThrow()));
    }

    private <T> T alternating(Class<T> type, Function<ImageStores, T> part) {
        Object proxy =
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        ImageStores next = all.get(Math.floorMod(calls.getAndIncrement(), all.size()));
                        return method.invoke(part.apply(next), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        return type.cast(proxy);
    }

    @Override
    public void close() {
        all.forEach(ImageStores::close);
    }
}
