package dev.weir.bench;

import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.manifest.Manifests;
import dev.weir.config.manifest.StandaloneConfig;
import dev.weir.config.render.RenderOptions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a plain process pays when its file changes: reading the documents, and rendering them.
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ManifestBench {
  private static final RenderOptions OPTIONS = RenderOptions.standalone(Set.of(9901));

  /// Documents in the file.
  @Param({"1", "100", "1000"})
  public int loadBalancers;

  private String file = "";
  private Manifests manifests = ManifestReader.read("empty.yaml", "");

  @Setup
  public void write() {
    file =
        IntStream.range(0, loadBalancers)
            .mapToObj(ManifestBench::document)
            .collect(Collectors.joining("---\n"));
    manifests = ManifestReader.read("bench.yaml", file);
  }

  private static String document(int i) {
    return """
    apiVersion: weir.dev/v1alpha1
    kind: LoadBalancer
    metadata: {name: web-%1$d}
    spec:
      listeners: [{name: http, port: %2$d}]
      pools:
        - name: web
          endpoints: [{address: 192.168.1.100, port: 80}, {address: 192.168.1.101, port: 80}]
    """
        .formatted(i, 20_000 + i);
  }

  @Benchmark
  public Manifests read() {
    return ManifestReader.read("bench.yaml", file);
  }

  @Benchmark
  public StandaloneConfig render() {
    return StandaloneConfig.render(manifests, OPTIONS);
  }
}
