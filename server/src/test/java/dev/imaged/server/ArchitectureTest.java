package dev.imaged.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.imaged.server");

    @Test
    void onlyItsPackageKnowsXodus() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.imaged.server.xodus..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jetbrains.exodus..")
                .check(CLASSES);
    }

    @Test
    void onlyTheWiringKnowsWhichDatabaseItIs() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.imaged.server.xodus..")
                .and()
                .doNotHaveSimpleName("StoreFolder")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.imaged.server.xodus..")
                .check(CLASSES);
    }

    @Test
    void theDatabaseDoesNotKnowWhatIsStoredInIt() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.imaged.server.xodus..", "dev.imaged.server.store.kv..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.imaged.server.store")
                .check(CLASSES);
    }

    @Test
    void theEngineDoesNotKnowTheServices() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.imaged.server.store..", "dev.imaged.server.xodus..", "dev.imaged.server.engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "dev.imaged.server.grpc..")
                .check(CLASSES);
    }
}
