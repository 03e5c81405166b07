package dev.imaged.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.junit.jupiter.api.Test;

/** Which package may know which. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.imaged.server");

    /** Each package is a slice, so that one below another counts, too. */
    private static final SliceAssignment PACKAGES = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            return SliceIdentifier.of(javaClass.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    };

    @Test
    void noTwoPackagesKnowEachOther() {
        slices().assignedFrom(PACKAGES).should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void nothingKnowsTheCommands() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.imaged.server.cli")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.imaged.server.cli", "picocli..")
                .check(CLASSES);
    }

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
                .resideInAnyPackage(
                        "dev.imaged.server.store",
                        "dev.imaged.server.store.record",
                        "dev.imaged.server.store.cache",
                        "dev.imaged.server.store.migration",
                        "dev.imaged.server.store.write")
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
                .resideInAnyPackage("io.grpc..", "dev.imaged.server.grpc..", "dev.imaged.server.admission..")
                .check(CLASSES);
    }
}
