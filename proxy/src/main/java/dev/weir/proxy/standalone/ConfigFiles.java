package dev.weir.proxy.standalone;

import dev.weir.config.Violation;
import dev.weir.config.manifest.Finding;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.Resources;
import dev.weir.config.stream.Snapshot;
import dev.weir.config.stream.Version;
import dev.weir.proxy.runtime.ProxyRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a proxy running what its files say. Files with an error change nothing: everything that is
/// wrong is logged, and what runs goes on.
public final class ConfigFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigFiles.class);

  private final FileWatch watch;
  private final Supplier<StandaloneConfig> reader;
  private final ProxyRuntime runtime;
  private final Thread thread;
  private long counter;

  /// @param paths the files and directories that are watched
  /// @param reader reads and renders them
  public ConfigFiles(List<Path> paths, Supplier<StandaloneConfig> reader, ProxyRuntime runtime) {
    this.watch = new FileWatch(paths);
    this.reader = reader;
    this.runtime = runtime;
    this.thread = Thread.ofPlatform().name("weir-files").daemon().unstarted(this::follow);
  }

  /// Reads and applies the files as they are, then watches them.
  ///
  /// @return false when they have errors; nothing runs then and nothing is watched
  public boolean start() throws InterruptedException {
    boolean good = load(reader.get());
    if (good) {
      thread.start();
    }
    return good;
  }

  /// Reads the files again, changed or not.
  public void reload() {
    watch.ask();
  }

  @Override
  public void close() {
    watch.close();
  }

  private void follow() {
    while (watch.awaitChange()) {
      try {
        StandaloneConfig config = reader.get();
        if (!watch.torn()) {
          load(config);
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        LOG.error("internal error while applying the files; what runs goes on", e);
      }
    }
  }

  private boolean load(StandaloneConfig config) throws InterruptedException {
    watch.also(config.files());
    config.findings().forEach(ConfigFiles::log);
    if (config.failed()) {
      List<Violation> problems = config.findings().stream().map(ConfigFiles::violation).toList();
      runtime.history().refused(problems);
      LOG.error(
          "the configuration is refused: {} of the {} findings above are errors; {}",
          config.findings().stream().filter(f -> f.severity() == Finding.Severity.Error).count(),
          problems.size(),
          runtime.generation().number() == 0 ? "nothing runs" : "what runs goes on");
      return false;
    }
    runtime.apply(new Snapshot(new Version("", 0, 0, ++counter), resources(config)));
    return true;
  }

  /// The resources of what was rendered, which stay in this process. Pure.
  public static Resources resources(StandaloneConfig config) {
    var resources = new ArrayList<Resource>();
    config.loadBalancers().stream()
        .filter(one -> one.config() != null)
        .forEach(
            one -> {
              resources.add(Resource.local(one.config()));
              one.endpoints().forEach(endpoints -> resources.add(Resource.local(endpoints)));
              one.credentials().certificates().forEach(c -> resources.add(Resource.local(c)));
              one.credentials().trusts().forEach(t -> resources.add(Resource.local(t)));
            });
    return Resources.of(resources);
  }

  private static void log(Finding finding) {
    switch (finding.severity()) {
      case Error -> LOG.error("{}", finding);
      case Warning -> LOG.warn("{}", finding);
      case Notice -> LOG.info("{}", finding);
    }
  }

  private static Violation violation(Finding finding) {
    String place = finding.line() > 0 ? finding.file() + ":" + finding.line() : finding.file();
    Violation violation = finding.violation();
    return new Violation(violation.path(), violation.rule(), place + ": " + violation.message());
  }
}
