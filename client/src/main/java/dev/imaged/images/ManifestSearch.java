package dev.imaged.images;

import dev.imaged.content.Documents;
import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.errors.ImageException.NotFound;
import dev.imaged.errors.ImageException.ResourceExhausted;
import dev.imaged.internal.text.Excerpt;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.PlatformMatcher;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Searches for the manifest of a platform under a target, best candidate first. It reads an index once, so that indexes that list
 * each other many times cost no more than their entries. Not thread-safe.
 */
final class ManifestSearch {
    private final Documents documents;
    private final Descriptor target;
    private final PlatformMatcher matcher;
    private final ReferenceCount references;
    private final Deque<Candidate> candidates = new ArrayDeque<>();
    private final Set<String> indexes = new HashSet<>();
    private Descriptor current;

    ManifestSearch(Documents documents, Descriptor target, PlatformMatcher matcher, ReferenceCount references) {
        this.documents = documents;
        this.target = target;
        this.matcher = matcher;
        this.references = references;
        this.current = target;
    }

    /** A descriptor that may be the manifest or lead to it, and the index that lists it. */
    private record Candidate(
            Descriptor descriptor, @Nullable Candidate index) {
        List<Descriptor> path() {
            List<Descriptor> path = new ArrayList<>();
            for (Candidate step = this; step != null; step = step.index()) {
                path.add(step.descriptor());
            }
            Collections.reverse(path);
            return path;
        }
    }

    /**
     * Returns the way to the manifest: the indexes from the target on, then the manifest.
     *
     * @throws NotFound when no manifest is for the platform, {@link #current} is missing, or the target is neither an
     *     index nor a manifest
     * @throws InvalidArgument when a document is broken
     * @throws ResourceExhausted when the indexes have more references than are allowed
     */
    List<Descriptor> path() throws IOException {
        requireDocument();
        references.add(1, target.digest());
        candidates.push(new Candidate(target, null));
        while (!candidates.isEmpty()) {
            Candidate candidate = candidates.pop();
            current = candidate.descriptor();
            if (MediaType.isIndex(current.mediaType())) {
                expand(candidate);
            } else if (MediaType.isManifest(current.mediaType()) && matches(candidate)) {
                return candidate.path();
            }
        }
        current = target;
        throw new NotFound("no match for platform in manifest " + target.digest());
    }

    /** Returns the descriptor that the search looked at last: the missing one, when the search ended with NotFound. */
    Descriptor current() {
        return current;
    }

    private void requireDocument() {
        String mediaType = target.mediaType();
        Handlers.refuseSchema1(target);
        if (!MediaType.isIndex(mediaType) && !MediaType.isManifest(mediaType)) {
            throw new NotFound("unexpected media type " + Excerpt.escape(mediaType) + " for " + target.digest());
        }
    }

    private void expand(Candidate index) throws IOException {
        if (!indexes.add(index.descriptor().digest())) {
            return;
        }
        List<Descriptor> entries =
                new ArrayList<>(documents.index(index.descriptor()).manifests());
        references.add(entries.size(), index.descriptor().digest());
        entries.removeIf(entry -> entry.platform() != null && !matcher.matches(entry.platform()));
        entries.sort(Handlers.bestFirst(matcher));
        Collections.reverse(entries); // the last to be pushed is the first to be looked at
        entries.forEach(entry -> candidates.push(new Candidate(entry, index)));
    }

    private boolean matches(Candidate candidate) throws IOException {
        Descriptor manifest = candidate.descriptor();
        return candidate.index() == null || manifest.platform() != null || configMatches(manifest);
    }

    private boolean configMatches(Descriptor manifest) throws IOException {
        Descriptor config = documents.manifest(manifest).config();
        if (!MediaType.isConfig(config.mediaType())) {
            return false; // an artifact runs nowhere
        }
        current = config;
        return matcher.matches(documents.config(config).platform().normalize());
    }
}
