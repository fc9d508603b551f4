package io.bifrostfilter.redis;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  @Test
  void aStoreKnowsJobsAndTheSeamAndItsOwnTechnology() {
    // The provider stands between the configuration and the store.
    classes()
        .that()
        .doNotHaveSimpleName(RedisStoreProvider.class.getSimpleName())
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "org.slf4j..",
            "org.jspecify..",
            "io.lettuce..",
            "io.bifrostfilter.redis",
            "io.bifrostfilter.job",
            "io.bifrostfilter.delivery",
            "io.bifrostfilter.store",
            "io.bifrostfilter.store.codec",
            "io.bifrostfilter.crypto",
            "io.bifrostfilter.threads")
        .check(
            new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.bifrostfilter.redis"));
  }
}
