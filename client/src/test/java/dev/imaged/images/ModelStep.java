package dev.imaged.images;

import dev.imaged.errors.ImageException;
import dev.imaged.oci.Descriptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A random call of stores, drawn from a seed and from what is newest, so that it means the same to two stores. A call may go on with
 * a page of an earlier one.
 */
final class ModelStep {
    private static final String ID = "id-";
    private static final List<String> NAMESPACES = List.of("x", "xb");
    private static final List<String> NAMES = List.of("a", "ab", "b", "é", "\uFFFD", "😀", "\0");
    private static final List<String> FILTERS =
            List.of("name~=\"^a\"", "labels.k==1", "labels.k", "target.digest==" + ContractFixture.DIGEST_A);

    /** More than the stores keep, so that some of what is asked for is dropped. */
    private static final int MOST_BACK = 70;

    /** How many requests a session remembers. */
    private static final int MOST_REQUESTS = 5;

    private final Random random;
    private final long newest;
    private final Instant now;
    private final String namespace;

    private ModelStep(long seed, long newest, Instant now) {
        this.random = new Random(seed);
        this.newest = newest;
        this.now = now;
        this.namespace = pick(NAMESPACES);
    }

    /** What one store was asked before: pages to go on with, and requests to send again. */
    static final class Session {
        private final ImageStores stores;
        private final ConditionalWrites writes;
        private final Map<Integer, Next> next = new TreeMap<>();
        private final List<Supplier<Applied>> requests = new ArrayList<>();
        private final List<Supplier<ConditionalWrites.Written>> alone = new ArrayList<>();

        Session(ImageStores stores, ConditionalWrites writes) {
            this.stores = stores;
            this.writes = writes;
        }

        private Applied remember(Supplier<Applied> request) {
            return ModelStep.remember(requests, request);
        }
    }

    private static <T> T remember(List<Supplier<T>> requests, Supplier<T> request) {
        requests.add(request);
        if (requests.size() > MOST_REQUESTS) {
            requests.remove(0);
        }
        return request.get();
    }

    /** Reads a page, and returns what it tells. */
    private interface Next {
        String read();
    }

    /**
     * Makes the call that belongs to a seed.
     *
     * @param newest the revision of the last commit
     * @return the call, and what was answered, without what differs from store to store
     */
    static String run(Session session, long seed, long newest, Instant now) {
        ModelStep step = new ModelStep(seed, newest, now);
        String[] call = {""};
        String answer;
        try {
            answer = String.valueOf(step.call(session, text -> call[0] = text));
        } catch (ImageException e) {
            answer = describe(e);
        }
        return call[0] + " -> " + answer;
    }

    private static String describe(ImageException e) {
        Map<String, String> details = new TreeMap<>(e.details());
        details.computeIfPresent("newest", (key, position) -> withoutStore(position));
        details.computeIfPresent("oldest", (key, position) -> withoutStore(position));
        String reason = details.isEmpty() ? "" : e.reason(); // the wire adds one where there is none
        return e.getClass().getSimpleName() + ": " + e.getMessage() + " " + reason + " " + details + " "
                + e.violations();
    }

    private static String withoutStore(String position) {
        return "" + Position.parse(position).revision();
    }

    /** Makes a call; {@code tell} is told what it is before it is made. */
    private Object call(Session session, Consumer<String> tell) {
        ImageStore images = session.stores.namespace(namespace);
        Transactions transactions = session.stores.transactions(namespace).orElseThrow();
        History history = session.stores.history(namespace).orElseThrow();
        String name = name();
        Image image = image(name);
        RequestOptions options = options();
        int slot = random.nextInt(3);
        switch (random.nextInt(19)) {
            case 0 -> {
                WriteOptions epoch = epoch();
                tell.accept("create " + namespace + " " + image + " " + epoch);
                return images.create(image, epoch);
            }
            case 1 -> {
                UpdateMask mask = mask();
                WriteOptions epoch = epoch();
                tell.accept("update " + namespace + " " + image + " " + mask + " " + epoch);
                return images.update(image, mask, epoch);
            }
            case 2 -> {
                String digest = random.nextBoolean() ? "" : ContractFixture.DIGEST_A;
                DeleteOptions delete = new DeleteOptions(random.nextInt(4) == 0, digest);
                tell.accept("delete " + namespace + " " + name + " " + delete);
                images.delete(name, delete);
                return "done";
            }
            case 3 -> {
                Undo undo = new Undo(1 + back(), random.nextBoolean(), options);
                tell.accept(namespace + " " + undo);
                return answer(session.remember(() -> transactions.undo(undo)));
            }
            case 4 -> {
                List<Revert.Target> targets = names().stream()
                        .map(n -> new Revert.Target(n, moment(), condition()))
                        .toList();
                Revert revert = new Revert(targets, options);
                tell.accept(namespace + " " + revert);
                return answer(session.remember(() -> transactions.revert(revert)));
            }
            case 5 -> {
                tell.accept("again");
                return session.requests.isEmpty()
                        ? ""
                        : answer(pick(session.requests).get());
            }
            case 6 -> {
                AsOf asOf = moment();
                tell.accept("get " + namespace + " " + name + " " + asOf);
                return history.get(name, asOf);
            }
            case 7 -> {
                ListOptions list = list();
                PageOptions page = new PageOptions(list, 1 + random.nextInt(4), "", random.nextBoolean());
                tell.accept("page " + namespace + " " + page);
                return page(session, slot, session.stores.pages(namespace).orElseThrow(), page);
            }
            case 8 -> {
                tell.accept("next page " + slot);
                return session.next.getOrDefault(slot, () -> "").read();
            }
            case 9 -> {
                int size = 1 + random.nextInt(3);
                tell.accept("history " + namespace + " " + name + " " + size);
                return history(session, 3 + slot, history, name, size, "");
            }
            case 10 -> {
                tell.accept("next history " + slot);
                return session.next.getOrDefault(3 + slot, () -> "").read();
            }
            case 11 -> {
                ListOptions list = list();
                tell.accept("stream " + namespace + " " + list);
                return stream(session.stores.pages(namespace).orElseThrow().stream(list));
            }
            case 12 -> {
                tell.accept("again alone");
                return session.alone.isEmpty() ? "" : pick(session.alone).get();
            }
            case 13, 14 -> {
                Operation operation = conditional(image);
                RequestOptions carriedOut = new RequestOptions(options.requestId(), options.reason(), false);
                tell.accept(namespace + " alone " + operation + " " + carriedOut);
                return remember(session.alone, () -> session.writes.write(namespace, operation, carriedOut));
            }
            default -> {
                List<Operation> operations =
                        names().stream().map(n -> operation(n).on(condition())).toList();
                List<Apply.Check> checks =
                        random.nextInt(4) == 0 ? List.of(new Apply.Check(name(), condition())) : List.of();
                Apply apply = new Apply(operations, checks, options);
                tell.accept(namespace + " " + apply);
                return answer(session.remember(() -> transactions.apply(apply)));
            }
        }
    }

    private static String answer(Applied applied) {
        return applied.position().revision() + " " + applied.results() + " " + applied.replayed();
    }

    private static String page(Session session, int slot, Pages pages, PageOptions options) {
        session.next.remove(slot);
        Page page = pages.page(options);
        if (!page.isLast()) {
            session.next.put(slot, () -> page(session, slot, pages, options.after(page)));
        }
        return page.position().revision() + " " + page.images() + " " + page.isLast();
    }

    private static String history(Session session, int slot, History history, String name, int size, String token) {
        session.next.remove(slot);
        HistoryPage page = history.changes(name, size, token);
        if (!page.isLast()) {
            session.next.put(slot, () -> history(session, slot, history, name, size, page.nextToken()));
        }
        List<String> changes = page.changes().stream().map(ModelStep::describe).toList();
        return changes + " " + page.isLast() + " " + page.isTruncated();
    }

    /** A client gives a request an id of its own when the caller gives none. */
    private static String describe(Change change) {
        String id = change.commit().cause().requestId();
        return id.startsWith(ID) ? change.toString() : change.toString().replace(id, "");
    }

    private static String stream(Listing listing) {
        try (listing) {
            List<VersionedImage> images = new ArrayList<>();
            listing.forEachRemaining(images::add);
            return listing.position().revision() + " " + images;
        }
    }

    private long back() {
        return Math.max(0, newest + 1 - random.nextInt(random.nextBoolean() ? 8 : MOST_BACK));
    }

    private AsOf moment() {
        return random.nextInt(3) == 0
                ? AsOf.time(now.minus(CatalogModel.STEP.multipliedBy(random.nextInt(4 * MOST_BACK)))
                        .plusNanos(random.nextInt(3) - 1))
                : AsOf.revision(back());
    }

    private ListOptions list() {
        List<String> filters = random.nextBoolean() ? List.of() : List.of(pick(FILTERS));
        AsOf asOf = random.nextBoolean() ? AsOf.now() : moment();
        Set<ImageField> fields = random.nextInt(3) == 0 ? Set.of(ImageField.LABELS) : Set.of();
        return new ListOptions(filters, asOf, null, fields);
    }

    private RequestOptions options() {
        return new RequestOptions(
                random.nextInt(3) == 0 ? ID + random.nextInt(1000) : "",
                random.nextBoolean() ? "reason" : "",
                random.nextInt(8) == 0);
    }

    private WriteOptions epoch() {
        return random.nextInt(4) == 0 ? WriteOptions.atEpoch(Instant.EPOCH) : WriteOptions.DEFAULT;
    }

    private UpdateMask mask() {
        return pick(List.of(
                UpdateMask.all(),
                UpdateMask.labels(),
                UpdateMask.target(),
                UpdateMask.label("k"),
                UpdateMask.of("bad")));
    }

    private Image image(String name) {
        Map<String, String> labels = switch (random.nextInt(6)) {
            case 0, 1 -> Map.of();
            case 2 -> Map.of(GcLabels.EXPIRE, "2001-01-01T00:00:00Z");
            default -> Map.of("k", "" + random.nextInt(3));
        };
        Descriptor target = random.nextInt(12) == 0
                ? new Descriptor("m", "junk", 1)
                : random.nextBoolean() ? ContractFixture.TARGET_A : ContractFixture.TARGET_B;
        return new Image(name, labels, target);
    }

    private Operation operation(String name) {
        Image image = image(name);
        return switch (random.nextInt(9)) {
            case 0, 1 -> Operation.create(image);
            case 2 -> Operation.update(image, mask());
            case 3 -> Operation.delete(name);
            case 4 -> Operation.delete(name).ignoringMissing();
            case 5 -> Operation.tag(name(), name);
            case 6 -> Operation.tag(name(), name).keepingLabels();
            default -> Operation.put(image);
        };
    }

    /** Returns what the Images API can do to one image. */
    private Operation conditional(Image image) {
        Condition.Existence any = Condition.Existence.ANY;
        Condition condition = new Condition(
                any, random.nextBoolean() ? back() : 0, random.nextBoolean() ? ContractFixture.DIGEST_A : "");
        return switch (random.nextInt(5)) {
            case 0 -> Operation.create(image);
            case 1 -> Operation.put(image);
            case 2 -> Operation.delete(image.name()).on(condition);
            default -> Operation.update(image, mask()).on(condition);
        };
    }

    private Condition condition() {
        return switch (random.nextInt(14)) {
            case 0 -> Condition.exists();
            case 1 -> Condition.absent();
            case 2 -> Condition.NONE.withDigest(ContractFixture.DIGEST_A);
            case 3 -> Condition.NONE.withRevision(back());
            case 4 -> Condition.NONE.withRevision(back()).withDigest(ContractFixture.DIGEST_B);
            default -> Condition.NONE;
        };
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            names.add(name());
        }
        return random.nextInt(20) == 0 ? names : names.stream().distinct().toList();
    }

    private String name() {
        return pick(NAMES);
    }

    private <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
