package dev.weir.config.manifest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.config.render.LoadBalancerResource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/// Writes LoadBalancers as YAML documents that [ManifestReader] and kubectl read.
public final class ManifestWriter {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .annotationIntrospector(FileFields.VISIBLE)
          .serializationInclusion(JsonInclude.Include.NON_NULL)
          .build();

  private ManifestWriter() {}

  /// One document each, separated by `---`; absent fields are left out, the namespace `default`
  /// too.
  public static String write(List<LoadBalancerResource> loadBalancers) {
    return loadBalancers.stream()
        .map(ManifestWriter::document)
        .collect(Collectors.joining("---\n"));
  }

  private static String document(LoadBalancerResource loadBalancer) {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("name", loadBalancer.name().name());
    if (!loadBalancer.name().namespace().equals("default")) {
      metadata.put("namespace", loadBalancer.name().namespace());
    }
    var document = new LinkedHashMap<String, Object>();
    document.put("apiVersion", Documents.API_VERSION);
    document.put("kind", "LoadBalancer");
    document.put("metadata", metadata);
    var spec = MAPPER.convertValue(loadBalancer.spec(), LinkedHashMap.class);
    UnixSockets.removePorts(spec);
    document.put("spec", spec);
    var settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setIndicatorIndent(2)
            .setIndentWithIndicator(true)
            .setSplitLines(false)
            .build();
    return new Dump(settings, new Quoting(settings)).dumpToString(document);
  }

  /// Quotes texts that YAML 1.1 reads as something else, such as `no` and `010`.
  private static final class Quoting extends StandardRepresenter {
    Quoting(DumpSettings settings) {
      super(settings);
      representers.put(String.class, this::text);
    }

    private Node text(Object value) {
      var text = (String) value;
      boolean plain = text.equals(Scalars.resolve(text));
      return new ScalarNode(Tag.STR, text, plain ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED);
    }
  }
}
