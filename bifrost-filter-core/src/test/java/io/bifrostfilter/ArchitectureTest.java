package io.bifrostfilter;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Outage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the layout of the code to what the design says of it. */
class ArchitectureTest {

  private static final String ROOT = "io.bifrostfilter";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  static Stream<Arguments> whatEachPackageMayUse() {
    return Stream.of(
        Arguments.of("job", List.of()),
        Arguments.of("recording", List.of("job")),
        Arguments.of("crypto", List.of()),
        Arguments.of("lazy", List.of()),
        Arguments.of("threads", List.of()),
        Arguments.of("observation", List.of("job")),
        Arguments.of("delivery", List.of("job")),
        Arguments.of("store", List.of("delivery", "job")),
        Arguments.of("store.codec", List.of("crypto", "delivery", "job")),
        Arguments.of("store.memory", List.of("store", "lazy", "delivery", "job")),
        Arguments.of(
            "store.jdbc", List.of("store", "store.codec", "threads", "crypto", "delivery", "job")),
        Arguments.of("client", List.of()),
        Arguments.of("dispatch", List.of("client", "lazy", "recording", "crypto", "job")),
        Arguments.of(
            "webhook",
            List.of("client", "lazy", "threads", "store", "recording", "delivery", "job")),
        Arguments.of("submission", List.of("store", "observation", "crypto", "job")),
        Arguments.of("worker", List.of("dispatch", "store", "observation", "recording", "job")),
        Arguments.of(
            "http",
            List.of("submission", "webhook", "store", "recording", "crypto", "delivery", "job")));
  }

  @ParameterizedTest
  @MethodSource("whatEachPackageMayUse")
  void aPackageUsesOnlyWhatIsBelowIt(String name, List<String> used) {
    String[] allowed =
        Stream.concat(Stream.of(name), used.stream())
            .map(ArchitectureTest::packageOf)
            .toArray(String[]::new);

    noClasses()
        .that(resideInAPackage(packageOf(name)))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT + "..").and(not(resideInAnyPackage(allowed))))
        .check(CLASSES);
  }

  @Test
  void everyPackageHasItsRule() {
    List<String> ruled = whatEachPackageMayUse().map(rule -> (String) rule.get()[0]).toList();

    assertThat(ownPackages())
        .extracting(JavaPackage::getName)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(Stream.of(ROOT), ruled.stream().map(ArchitectureTest::packageOf))
                .toList());
  }

  @Test
  void theWireKnowsOfTheStoreOnlyWhatItMayAnswer() {
    DescribedPredicate<JavaClass> answers =
        equivalentTo(Admission.class)
            .or(equivalentTo(Admission.Reason.class))
            .or(equivalentTo(Admission.Added.class))
            .or(equivalentTo(Admission.Replayed.class))
            .or(equivalentTo(Admission.KeyReused.class))
            .or(equivalentTo(Admission.Refused.class))
            .or(equivalentTo(JobStoreException.class))
            .or(equivalentTo(Outage.class));

    noClasses()
        .that(resideInAPackage(packageOf("http")))
        .should()
        .dependOnClassesThat(resideInAPackage(packageOf("store..")).and(not(answers)))
        .check(CLASSES);
  }

  @Test
  void packagesDependOnEachOtherInOneDirectionOnly() {
    SlicesRuleDefinition.slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nothingDependsOnTheRoot() {
    noClasses()
        .that(resideInAPackage(ROOT + ".*.."))
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT))
        .check(CLASSES);
  }

  @Test
  void onlyTheDispatcherAndWebhooksKnowTheHttpClient() {
    onlyIn("org.eclipse.jetty..", packageOf("client"), packageOf("dispatch"), packageOf("webhook"));
  }

  @Test
  void onlyTheMemoryStoreAndTheMarkersKnowTheCache() {
    onlyIn("com.github.benmanes.caffeine..", packageOf("store.memory"), packageOf("dispatch"));
    noClasses()
        .that(resideInAPackage(packageOf("dispatch")))
        .and()
        .haveSimpleNameNotStartingWith("MarkerUses")
        .should()
        .dependOnClassesThat(resideInAPackage("com.github.benmanes.caffeine.."))
        .check(CLASSES);
  }

  @Test
  void onlyTheWireAndTheRootKnowTheServletApi() {
    onlyIn("jakarta.servlet..", ROOT, packageOf("http"));
  }

  @Test
  void onlyWhatReadsAndWritesMessagesKnowsTheJsonLibrary() {
    onlyIn(
        "com.fasterxml.jackson..",
        packageOf("http"),
        packageOf("recording"),
        packageOf("store.codec"),
        packageOf("webhook"));
  }

  @Test
  void nothingIsUsedThatIsNoDependencyOfTheCore() {
    noClasses()
        .should()
        .dependOnClassesThat(
            not(resideInAnyPackage(
                    ROOT + "..",
                    "java..",
                    "javax.crypto..",
                    "javax.net.ssl..",
                    "javax.sql..",
                    "javax.naming..",
                    "jakarta.servlet..",
                    "com.fasterxml.jackson..",
                    "com.github.benmanes.caffeine..",
                    "org.eclipse.jetty..",
                    "com.zaxxer.hikari..",
                    "org.postgresql..",
                    "org.slf4j..",
                    "org.jspecify.annotations.."))
                // Arrays of primitives and the like, which have no package.
                .and(not(resideInAPackage(""))))
        .check(CLASSES);
  }

  @Test
  void whatIsOptionalIsKeptApart() {
    noClasses()
        .that(not(simpleName("Pool").or(simpleName("PostgresDriver"))))
        .should()
        .dependOnClassesThat(resideInAnyPackage("com.zaxxer.hikari..", "org.postgresql.."))
        .check(CLASSES);
  }

  @Test
  void nobodyLogsPastTheLoggingFacade() {
    GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(CLASSES);
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
  }

  @Test
  void nobodySleeps() {
    noClasses().should().callMethod(Thread.class, "sleep", long.class).check(CLASSES);
    noClasses().should().callMethod(Thread.class, "sleep", long.class, int.class).check(CLASSES);
    noClasses().should().callMethod(TimeUnit.class, "sleep", long.class).check(CLASSES);
  }

  @Test
  void everyPackageIsNullMarked() {
    assertThat(ownPackages())
        .allSatisfy(
            each -> assertThat(each.isAnnotatedWith(NullMarked.class)).as(each.getName()).isTrue());
  }

  private static void onlyIn(String library, String... packages) {
    noClasses()
        .that(not(resideInAnyPackage(packages)))
        .should()
        .dependOnClassesThat(resideInAPackage(library))
        .check(CLASSES);
    // Or the rule would hold for a library that is not there at all.
    assertThat(CLASSES.that(resideInAnyPackage(packages)))
        .anySatisfy(
            each ->
                assertThat(each.getDirectDependenciesFromSelf())
                    .anyMatch(
                        dependency -> resideInAPackage(library).test(dependency.getTargetClass())));
  }

  private static List<JavaPackage> ownPackages() {
    return CLASSES.stream()
        .map(JavaClass::getPackage)
        .distinct()
        .filter(each -> each.getName().startsWith(ROOT))
        .toList();
  }

  private static String packageOf(String name) {
    return ROOT + "." + name;
  }
}
