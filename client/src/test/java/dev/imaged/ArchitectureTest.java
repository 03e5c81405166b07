package dev.imaged;

import static com.tngtech.archunit.core.domain.JavaModifier.PROTECTED;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which package may depend on which, and what the library exports. */
class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.imaged");

    @Test
    void onlyTheWireAndTheRemoteStoreKnowGrpc() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.imaged.internal.wire", "dev.imaged.remote", "dev.imaged.proto..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "dev.imaged.proto..")
                .check(CLASSES);
    }

    @Test
    void theDomainDoesNotKnowTheConnection() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.imaged.images",
                        "dev.imaged.content",
                        "dev.imaged.oci",
                        "dev.imaged.filters",
                        "dev.imaged.errors",
                        "dev.imaged.maintenance")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.imaged.internal.wire", "dev.imaged.internal.tls", "dev.imaged.remote")
                .check(CLASSES);
    }

    @Test
    void packagesDoNotDependOnEachOtherInCycles() {
        slices().matching("dev.imaged.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    /** So that nothing else loads code for compressed archives and layers, some of which is native. */
    @Test
    void onlyArchiveCompressionKnowsTheDecompressors() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("dev.imaged.content.ArchiveCompression")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.commons.compress.compressors..", "com.github.luben..", "org.tukaani..")
                .check(CLASSES);
    }

    /** So that an internal class can change without a user of the library noticing. */
    @Test
    void whatIsExportedMentionsNothingInternal() {
        classes()
                .that()
                .resideOutsideOfPackages("dev.imaged.internal..", "dev.imaged.proto..")
                .and()
                .arePublic()
                .should(mentionNothingInternal())
                .check(CLASSES);
    }

    private static ArchCondition<JavaClass> mentionNothingInternal() {
        return new ArchCondition<>("mention nothing internal in a public or protected signature") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Set<JavaType> supertypes = new HashSet<>(type.getInterfaces());
                type.getSuperclass().ifPresent(supertypes::add);
                supertypes.forEach(supertype -> report(type, type.getName(), supertype, events));
                for (JavaMember member : type.getMembers()) {
                    if (member.getModifiers().contains(PUBLIC)
                            || member.getModifiers().contains(PROTECTED)) {
                        typesOf(member).forEach(used -> report(type, member.getFullName(), used, events));
                    }
                }
            }
        };
    }

    private static Set<JavaType> typesOf(JavaMember member) {
        Set<JavaType> types = new HashSet<>();
        if (member instanceof JavaField field) {
            types.add(field.getType());
        } else if (member instanceof JavaCodeUnit method) {
            types.add(method.getReturnType());
            types.addAll(method.getParameterTypes());
            types.addAll(method.getExceptionTypes());
            types.addAll(method.getTypeParameters());
        }
        return types;
    }

    private static void report(JavaClass type, String place, JavaType used, ConditionEvents events) {
        for (JavaClass raw : used.getAllInvolvedRawTypes()) {
            if (raw.getPackageName().startsWith("dev.imaged.internal")
                    || raw.getPackageName().startsWith("dev.imaged.proto")) {
                events.add(SimpleConditionEvent.violated(type, place + " mentions " + raw.getName()));
            }
        }
    }
}
