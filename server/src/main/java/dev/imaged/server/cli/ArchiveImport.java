package dev.imaged.server.cli;

import dev.imaged.content.Blobs;
import dev.imaged.content.Documents;
import dev.imaged.content.ImageArchive;
import dev.imaged.errors.ImageException;
import dev.imaged.errors.ImageException.AlreadyExists;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.images.Image;
import dev.imaged.images.ImageContent;
import dev.imaged.images.UpdateMask;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import dev.imaged.server.cli.Registrar.Registration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Registers the images of an archive. An image that cannot be registered is a warning, and the others are registered. Not
 * thread-safe.
 */
final class ArchiveImport {
    private final String archive;
    private final Consumer<String> warnings;
    private final Map<String, Descriptor> targets = new LinkedHashMap<>();
    private final List<Registration> done = new ArrayList<>();
    private int leftOut;

    /**
     * Makes an import with nothing to register yet.
     *
     * @param archive the name of the archive in messages
     * @param warnings takes a line about each image that is left out or incomplete
     */
    ArchiveImport(String archive, Consumer<String> warnings) {
        this.archive = archive;
        this.warnings = warnings;
    }

    /**
     * Finds the images that can be registered: their manifest or index has to be there and whole. Other missing content is a
     * warning.
     *
     * @throws InvalidArgument when no image has a name that it can be registered by
     */
    void check(ImageArchive content, LayoutNames names) throws IOException {
        List<String> refused = new ArrayList<>(names.refused());
        content.problems().forEach(problem -> refused.add(describe(problem)));
        requireNames(names, refused);
        names.unnamed().forEach(warnings);
        refused.forEach(this::leaveOut);
        Documents documents = Documents.of(content);
        for (Map.Entry<String, Descriptor> target : names.targets().entrySet()) {
            check(documents, target.getKey(), target.getValue());
        }
    }

    private static String describe(ImageArchive.Problem problem) {
        String names = problem.names().isEmpty() ? "" : Excerpt.of(String.join(", ", problem.names())) + ": ";
        return names + problem.error().getMessage();
    }

    private void requireNames(LayoutNames names, List<String> refused) {
        List<String> reasons = new ArrayList<>(names.unnamed());
        reasons.addAll(refused);
        if (!names.targets().isEmpty()) {
            return;
        } else if (reasons.size() == 1) {
            throw new InvalidArgument(archive + ": " + reasons.get(0));
        }
        reasons.forEach(warnings);
        throw new InvalidArgument(
                archive + ": has no images" + (reasons.isEmpty() ? "" : " that can be registered: see the warnings"));
    }

    private void check(Documents documents, String name, Descriptor target) throws IOException {
        try {
            ImageContent content = new ImageContent(documents, target);
            for (Descriptor wrong : content.invalidData()) {
                warnings.accept(Excerpt.of(name) + ": " + wrong.digest() + ": " + Blobs.dataProblem(wrong)
                        + " and does not count");
            }
            for (Descriptor missing : content.missing()) {
                warnings.accept(Excerpt.of(name) + " needs " + missing.digest() + " (" + Excerpt.of(missing.mediaType())
                        + "), which is not in " + archive);
            }
            targets.put(name, target);
        } catch (ImageException e) {
            leaveOut(Excerpt.of(name) + ": " + e.getMessage());
        }
    }

    private void leaveOut(String reason) {
        warnings.accept(reason + ": left out");
        leftOut++;
    }

    /**
     * Registers the images that {@link #check} found.
     *
     * @param labels the labels of the images; the mask names each of them
     * @throws ImageException when the store fails; {@link #done} returns the names that were registered before
     */
    void register(Registrar registrar, Map<String, String> labels, UpdateMask mask) {
        targets.forEach((name, target) -> {
            try {
                done.add(registrar.register(new Image(name, labels, target), mask));
            } catch (InvalidArgument | AlreadyExists | NotFound e) {
                leaveOut(Excerpt.of(name) + ": " + e.getMessage());
            }
        });
    }

    /** Returns the names that were registered. */
    List<Registration> done() {
        return done;
    }

    /** Whether all images were registered. */
    boolean isComplete() {
        return leftOut == 0;
    }

    /** Returns how many names were registered, and how many left out. */
    String summary() {
        return archive + ": registered " + done.size() + ", left out " + leftOut + ": see the warnings";
    }
}
