package dev.imaged.content;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.imaged.errors.ImageException.InvalidArgument;
import dev.imaged.oci.Descriptor;
import dev.imaged.oci.ExecutionConfig;
import dev.imaged.oci.ImageConfig;
import dev.imaged.oci.Index;
import dev.imaged.oci.Manifest;
import dev.imaged.oci.MediaType;
import dev.imaged.oci.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Documents as tools write them. The files under {@code documents} are what buildah 1.28.2 and skopeo 1.9.3 wrote, byte for
 * byte; what stands here has the fields and the peculiarities of its tool and made-up values.
 */
class DocumentsOfToolsTest {
    private static final String DIGEST = "sha256:" + "0".repeat(64);
    private static final String DIFF_ID = "sha256:523e9f12969754272a4a4c392b6358184f088d68257384ccc08ce131f03ecac9";

    private final InMemoryContent content = new InMemoryContent();
    private final Documents documents = Documents.of(content);

    private static byte[] file(String name) throws IOException {
        try (InputStream in = DocumentsOfToolsTest.class.getResourceAsStream("/documents/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private Descriptor add(String mediaType, String document) {
        return content.add(mediaType, document.replace("DIGEST", DIGEST).getBytes(StandardCharsets.UTF_8));
    }

    private ImageConfig config(String document) throws IOException {
        return documents.config(add(MediaType.DOCKER_CONFIG, document));
    }

    private Index buildahIndex() throws IOException {
        for (String name : List.of("oci", "docker", "windows")) {
            content.add("", file("buildah-" + name + "-manifest.json"));
            content.add("", file("buildah-" + name + "-config.json"));
        }
        return documents.index(content.add(MediaType.OCI_INDEX, file("buildah-index.json")));
    }

    @Test
    void buildahIndexOfOciDockerAndWindows() throws IOException {
        Index index = buildahIndex();
        assertEquals(
                List.of(MediaType.OCI_MANIFEST, MediaType.DOCKER_MANIFEST, MediaType.DOCKER_MANIFEST),
                index.manifests().stream().map(Descriptor::mediaType).toList());
        Platform arm = new Platform("linux", "arm64", "v8");
        Platform windows = new Platform("amd64", "windows", "10.0.20348.1", List.of("win32k"), "");
        assertEquals(
                List.of(arm, arm, windows),
                index.manifests().stream().map(Descriptor::platform).toList());
        for (Descriptor entry : index.manifests()) {
            Manifest manifest = documents.manifest(entry);
            assertEquals(1, manifest.layers().size());
            ImageConfig config = documents.config(manifest.config());
            assertEquals(entry.platform(), config.platform());
            assertEquals(new ImageConfig.RootFs("layers", List.of(DIFF_ID)), config.rootFs());
        }
    }

    @Test
    void buildahWritesTheSameConfigInBothFormats() throws IOException {
        List<Descriptor> entries = buildahIndex().manifests();
        ImageConfig oci = documents.config(documents.manifest(entries.get(0)).config());
        assertEquals(oci, documents.config(documents.manifest(entries.get(1)).config()));
        assertEquals(
                new ImageConfig(
                        Instant.EPOCH,
                        "me",
                        new Platform("linux", "arm64", "v8"),
                        new ExecutionConfig(
                                "1:1",
                                Set.of("80/tcp"),
                                List.of("A=b"),
                                List.of("/f"),
                                List.of("x", "y"),
                                Set.of("/data"),
                                "/w",
                                Map.of("io.buildah.version", "1.28.2", "k", "v"),
                                "TERM",
                                false),
                        new ImageConfig.RootFs("layers", List.of(DIFF_ID)),
                        List.of(new ImageConfig.History(Instant.EPOCH, "/bin/sh", "me", "", false))),
                oci);
    }

    @Test
    void buildahManifestList() throws IOException {
        Index list = documents.index(content.add(MediaType.DOCKER_MANIFEST_LIST, file("buildah-manifest-list.json")));
        assertEquals(MediaType.DOCKER_MANIFEST_LIST, list.mediaType());
        assertEquals(3, list.manifests().size());
    }

    @Test
    void skopeoLayoutIndexHasNoMediaType() throws IOException {
        Index index = DocumentParser.index("index.json", file("skopeo-layout-index.json"));
        assertEquals("", index.mediaType());
        assertEquals(
                Map.of("org.opencontainers.image.ref.name", "oci"),
                index.manifests().get(0).annotations());
    }

    @Test
    void buildxIndexWithAttestation() throws IOException {
        Descriptor attestation = add(MediaType.OCI_MANIFEST, """
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.oci.image.manifest.v1+json",
                  "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "DIGEST", "size": 167},
                  "layers": [
                    {
                      "mediaType": "application/vnd.in-toto+json",
                      "digest": "DIGEST",
                      "size": 1463,
                      "annotations": {"in-toto.io/predicate-type": "https://slsa.dev/provenance/v0.2"}
                    }
                  ]
                }""");
        Index index =
                documents.index(add(MediaType.OCI_INDEX, """
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.oci.image.index.v1+json",
                  "manifests": [
                    {
                      "mediaType": "application/vnd.oci.image.manifest.v1+json",
                      "digest": "%s",
                      "size": %d,
                      "annotations": {
                        "vnd.docker.reference.digest": "DIGEST",
                        "vnd.docker.reference.type": "attestation-manifest"
                      },
                      "platform": {"architecture": "unknown", "os": "unknown"}
                    }
                  ]
                }""".formatted(attestation.digest(), attestation.size())));
        Descriptor entry = index.manifests().get(0);
        assertEquals(new Platform("unknown", "unknown"), entry.platform());
        assertEquals("attestation-manifest", entry.annotations().get("vnd.docker.reference.type"));
        assertEquals(
                MediaType.IN_TOTO, documents.manifest(entry).layers().get(0).mediaType());
    }

    /** The config of an attestation is one of an image in its type, without a command and a time. */
    @Test
    void buildxConfigOfAnAttestation() throws IOException {
        ImageConfig config = config("""
                {"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":["DIGEST"]}}""");
        assertEquals(ExecutionConfig.EMPTY, config.config());
        assertEquals(null, config.created());
        assertEquals(List.of(), config.history());
    }

    @Test
    void buildkitConfig() throws IOException {
        ImageConfig config = config("""
                {"architecture":"amd64","config":{"Env":["PATH=/bin"],"Entrypoint":["/a"],"WorkingDir":"/","OnBuild":null,
                 "Healthcheck":{"Test":["CMD","/a","-c"],"Interval":30000000000,"Retries":3},"Shell":["/bin/sh","-c"]},
                 "created":"2024-05-01T10:11:12.123456789+02:00",
                 "history":[{"created":"2024-05-01T10:11:12.123456789+02:00","created_by":"COPY a /a # buildkit",
                   "comment":"buildkit.dockerfile.v0"},
                  {"created":"2024-05-01T10:11:12.123456789+02:00","created_by":"ENTRYPOINT [\\"/a\\"]",
                   "comment":"buildkit.dockerfile.v0","empty_layer":true}],
                 "moby.buildkit.buildinfo.v1":"e30=","moby.buildkit.cache.v0":"bnVsbA==",
                 "os":"linux","rootfs":{"type":"layers","diff_ids":["DIGEST"]}}""");
        assertEquals(Instant.parse("2024-05-01T08:11:12.123456789Z"), config.created());
        assertEquals(List.of("/a"), config.config().entrypoint());
        assertEquals(
                List.of(false, true),
                config.history().stream().map(ImageConfig.History::emptyLayer).toList());
    }

    /** The engine without BuildKit writes the whole of its own config, twice, with null for what is empty. */
    @Test
    void dockerConfig() throws IOException {
        ImageConfig config = config("""
                {"id":"0","parent":"1","architecture":"amd64","config":{"Hostname":"","Domainname":"","User":"",
                 "AttachStdin":false,"ExposedPorts":null,"Tty":false,"PublishService":"","Env":null,"Cmd":["sh"],
                 "Healthcheck":null,"ArgsEscaped":true,"Image":"DIGEST","Volumes":null,"VolumeDriver":"","WorkingDir":"",
                 "Entrypoint":null,"NetworkDisabled":true,"MacAddress":"","OnBuild":[],"Labels":null,"StopTimeout":10},
                 "container":"0","container_config":{"Hostname":"0","Cmd":["/bin/sh","-c","#(nop) CMD [\\"sh\\"]"],"Labels":{}},
                 "created":"0001-01-01T00:00:00Z","docker_version":"18.06.1-ce","throwaway":true,"Size":0,"os":"linux",
                 "history":[{"created":"0001-01-01T00:00:00Z","created_by":"/bin/sh -c #(nop) ADD file:0 in / "}],
                 "rootfs":{"type":"layers","diff_ids":["DIGEST"]}}""");
        assertEquals(Instant.parse("0001-01-01T00:00:00Z"), config.created());
        assertEquals(List.of("sh"), config.config().cmd());
        assertEquals(Map.of(), config.config().labels());
    }

    @Test
    void dockerConfigOfWindows() throws IOException {
        ImageConfig config = config("""
                {"config":{"User":"ContainerUser","Env":null,"Cmd":["cmd /S /C dir"],"ArgsEscaped":true,"OnBuild":null},
                 "created":"2024-01-09T11:12:13.1234567Z","architecture":"amd64","os":"windows","os.version":"10.0.17763.5329",
                 "os.features":["win32k"],"history":[{"created":"2024-01-08T01:02:03.4560000-08:00",
                 "created_by":"Apply image 1809-amd64\\r\\n"}],"rootfs":{"type":"layers","diff_ids":["DIGEST","DIGEST"]}}""");
        assertEquals(new Platform("amd64", "windows", "10.0.17763.5329", List.of("win32k"), ""), config.platform());
        assertEquals(true, config.config().argsEscaped());
        assertEquals(
                Instant.parse("2024-01-08T09:02:03.456Z"),
                config.history().get(0).created());
    }

    /** ko, Bazel, kaniko, Nix and the .NET SDK: times in the year 1, at the epoch, with offsets and escapes, or not at all. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{`architecture`:`arm64`,`created`:`0001-01-01T00:00:00Z`,`history`:[{`author`:`ko`,`created`:"
                        + "`0001-01-01T00:00:00Z`,`created_by`:`ko build ko://x`,`comment`:`kodata contents`}],`os`:`linux`,"
                        + "`rootfs`:{`type`:`layers`,`diff_ids`:[`DIGEST`]},`config`:{`Entrypoint`:[`/ko-app/x`],"
                        + "`Env`:[`KO_DATA_PATH=/var/run/ko`],`User`:`65532`},`variant`:`v8`}",
                "{`architecture`:`amd64`,`author`:`Bazel`,`created`:`1970-01-01T00:00:00Z`,`history`:[{`author`:`Bazel`,"
                        + "`created`:`1970-01-01T00:00:00Z`,`created_by`:`bazel build ...`}],`os`:`linux`,`rootfs`:"
                        + "{`type`:`layers`,`diff_ids`:[`DIGEST`]},`config`:{}}",
                "{`architecture`:`amd64`,`author`:`kaniko`,`config`:{`Cmd`:[`sh`]},`container`:``,`created`:``,"
                        + "`docker_version`:``,`history`:[{`author`:`kaniko`,`created`:null}],`os`:`linux`,"
                        + "`rootfs`:{`type`:`layers`,`diff_ids`:[`DIGEST`]}}",
                "{`created`:`1970-01-01T00:00:01+00:00`,`architecture`:`amd64`,`os`:`linux`,`config`:null,"
                        + "`rootfs`:{`diff_ids`:[`DIGEST`],`type`:`layers`},`history`:[{`created`:"
                        + "`1970-01-01T00:00:01+00:00`,`comment`:`store paths: ['/nix/store/0-x']`}]}",
                "{`config`:{`ExposedPorts`:{`8080/tcp`:{}},`Labels`:{},`Env`:[`A=1`],`WorkingDir`:`/app/`},"
                        + "`created`:`2023-03-06T15:35:56.6433059\\u002B01:00`,`rootfs`:{`type`:`layers`,`diff_ids`:"
                        + "[`DIGEST`]},`architecture`:`amd64`,`os`:`linux`,`history`:[]}"
            })
    void otherConfigs(String document) throws IOException {
        assertEquals(
                List.of(DIGEST), config(document.replace('`', '"')).rootFs().diffIds());
    }

    /** The empty descriptor stands for the config, with its content in it (OCI image-spec, manifest.md). */
    @Test
    void orasArtifact() throws IOException {
        Descriptor artifact = add(MediaType.OCI_MANIFEST, """
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.oci.image.manifest.v1+json",
                  "artifactType": "application/vnd.example.sbom",
                  "config": {
                    "mediaType": "application/vnd.oci.empty.v1+json",
                    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
                    "size": 2,
                    "data": "e30="
                  },
                  "layers": [{"mediaType": "application/spdx+json", "digest": "DIGEST", "size": 32, "annotations": null}],
                  "subject": {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "DIGEST", "size": 7},
                  "annotations": {"org.opencontainers.image.created": "2024-01-01T00:00:00Z"}
                }""");
        Manifest manifest = documents.manifest(artifact);
        assertEquals("application/vnd.example.sbom", manifest.artifactType());
        assertEquals(DIGEST, Objects.requireNonNull(manifest.subject()).digest());
        assertEquals("{}", new String(Blobs.read(content, manifest.config()), StandardCharsets.UTF_8));
        InvalidArgument error = assertThrows(InvalidArgument.class, () -> documents.config(manifest.config()));
        assertEquals(
                manifest.config().digest()
                        + ": media type \"application/vnd.oci.empty.v1+json\" is not the config of an image: invalid argument",
                error.getMessage());
    }

    @Test
    void helmChart() throws IOException {
        Manifest manifest = documents.manifest(add(MediaType.OCI_MANIFEST, """
                {"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"DIGEST",
                 "size":117},"layers":[{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                 "digest":"DIGEST","size":3500}]}"""));
        assertEquals("", manifest.mediaType());
        assertThrows(InvalidArgument.class, () -> DocumentParser.config(manifest.config(), new byte[0]));
    }

    /** A registry that converted an old image answers what is signed text in JSON (Docker image manifest, schema 1). */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{`schemaVersion`:1,`name`:`x`,`tag`:`1`,`architecture`:`amd64`,`fsLayers`:[{`blobSum`:`DIGEST`}],"
                        + "`history`:[{`v1Compatibility`:`{}`}],`signatures`:[]}",
                "{`mediaType`:`application/vnd.docker.distribution.manifest.v1+prettyjws`,`schemaVersion`:1}"
            })
    void schema1IsRefused(String document) {
        Descriptor manifest = add(MediaType.DOCKER_MANIFEST, document.replace('`', '"'));
        String message = assertThrows(InvalidArgument.class, () -> documents.manifest(manifest))
                .getMessage();
        assertEquals(true, message.endsWith(" media-type: schema 1 not supported: invalid argument"), message);
    }
}
