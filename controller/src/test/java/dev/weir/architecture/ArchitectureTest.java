package dev.weir.architecture;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Which part may know which. Each rule says why; a fixture that breaks one shows that they fire.
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .withImportOption(location -> !location.contains("test-classes"))
          .importPackages("dev.weir");

  private static final ArchRule API_KNOWS_NOBODY =
      noClasses()
          .that()
          .resideInAPackage("dev.weir.api..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.weir.config..",
              "dev.weir.proxy..",
              "dev.weir.controller..",
              "io.netty..",
              "io.fabric8.kubernetes..")
          .because("manifests are read by proxies too, which have no Kubernetes client");

  private static final ArchRule CONFIG_KNOWS_THE_API_ALONE =
      noClasses()
          .that()
          .resideInAPackage("dev.weir.config..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.weir.proxy..", "dev.weir.controller..", "io.netty..", "io.fabric8.kubernetes..")
          .because("both homes render with it");

  private static final ArchRule PROXY_KNOWS_NO_KUBERNETES =
      noClasses()
          .that()
          .resideInAPackage("dev.weir.proxy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weir.controller..", "io.fabric8..")
          .because("a proxy gets its config from a stream or from files and has no rights at all");

  private static final ArchRule CONTROLLER_KNOWS_NO_PROXY =
      noClasses()
          .that()
          .resideInAPackage("dev.weir.controller..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.weir.proxy..")
          .because("the stream is the contract, so that another proxy could be fed");

  private static final ArchRule OWN_ENGINE_ON_THE_DATA_PATH =
      noClasses()
          .that()
          .resideInAPackage("dev.weir.proxy..")
          .and()
          .resideOutsideOfPackages("dev.weir.proxy.admin..", "dev.weir.proxy.stream..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty.handler.codec.http..")
          .because("requests are parsed in place by our own engine");

  private static final ArchRule PURE_PARTS_STAY_PURE =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.weir.proxy.balance..", "dev.weir.proxy.message..", "dev.weir.config.render..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty.channel..", "java.net.http..", "java.nio.channels..")
          .because("balancing, heads and rendering are functions of their arguments");

  private static final ArchRule NOBODY_WAITS_IN_A_MONITOR =
      noClasses()
          .that()
          .resideInAPackage("dev.weir.controller..")
          .should()
          .callMethodWhere(
              target(nameMatching("wait|timedWait"))
                  .and(target(owner(type(Object.class).or(type(TimeUnit.class))))))
          .because(
              "a virtual thread may never come back from there before Java 25.0.4 (JDK-8373120)");

  @Test
  void partsKnowWhomTheyMay() {
    API_KNOWS_NOBODY.check(CLASSES);
    CONFIG_KNOWS_THE_API_ALONE.check(CLASSES);
    PROXY_KNOWS_NO_KUBERNETES.check(CLASSES);
    CONTROLLER_KNOWS_NO_PROXY.check(CLASSES);
    OWN_ENGINE_ON_THE_DATA_PATH.check(CLASSES);
    PURE_PARTS_STAY_PURE.check(CLASSES);
    NOBODY_WAITS_IN_A_MONITOR.check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    for (String part : new String[] {"config", "proxy", "controller"}) {
      slices()
          .matching("dev.weir." + part + ".(*)..")
          .should()
          .beFreeOfCycles()
          .because("someone new must be able to read bottom-up")
          .check(CLASSES);
    }
  }

  @Test
  void aBrokenRuleIsSeen() {
    JavaClasses fixture =
        new ClassFileImporter().importPackages("dev.weir.controller.architecturefixture");
    assertThrows(AssertionError.class, () -> CONTROLLER_KNOWS_NO_PROXY.check(fixture));
  }
}
