package dev.imaged;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.imaged");

    @Test
    void onlyTheWireAndTheRemoteStoreKnowGrpc() {
        noClasses()
                .that()
                .resideOutsideOfPackages("..wire..", "..remote..", "..proto..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "dev.imaged.proto..")
                .check(CLASSES);
    }

    @Test
    void theDomainDoesNotKnowTheConnection() {
        noClasses()
                .that()
                .resideInAnyPackage("..images..", "..content..", "..oci..", "..filters..", "..errors..")
                .and()
                .resideOutsideOfPackage("..proto..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.imaged.wire..", "dev.imaged.remote..")
                .check(CLASSES);
    }

    /** So that nothing else loads code for compressed archives and layers, some of which is native. */
    @Test
    void onlyWhatDecompressesKnowsTheDecompressors() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.imaged.content.ArchiveCompression")
                .and()
                .doNotHaveFullyQualifiedName("dev.imaged.content.LayerStream")
                .and()
                .doNotHaveFullyQualifiedName("dev.imaged.content.Unpacker")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.commons.compress.compressors..", "com.github.luben..", "org.tukaani..")
                .check(CLASSES);
    }
}
