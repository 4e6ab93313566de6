package dev.weir.config.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.config.ConfigJson;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.manifest.ManifestReader;
import dev.weir.config.manifest.Manifests;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// A string of a LoadBalancer is a string for its proxies, whatever is in it: nothing is pasted
/// into a text that somebody else reads as a language. What could end a field of a header is
/// refused by name.
class HostileStringsTest {
  private static final long SEED = 20261128;
  private static final int ROUNDS = 3000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> PIECES =
      List.of(
          "plain",
          "\r\nX-Evil: 1",
          "\n",
          "\r",
          "\u0000",
          "\u007f",
          "\u2028",
          "\"",
          "'",
          "\\",
          "\\n",
          "; }",
          "}} {{ .Values }}",
          "${jndi:ldap://a/b}",
          "$(id)",
          "`id`",
          "</script>",
          "\",\"name\":\"other\"",
          "# comment",
          "- &a *a",
          "é",
          "\uD83D\uDE00");

  @Test
  void aStringPassesAsItIsOrIsRefusedByName() throws Exception {
    var random = new Random(SEED);
    var renderer = new Renderer(RenderOptions.kubernetes(false));
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      var text = new StringBuilder();
      for (int i = random.nextInt(4); i >= 0; i--) {
        text.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      var value = text.toString();
      var manifests = read(value);
      var rendered =
          manifests.findings().isEmpty()
              ? renderer.render(manifests.loadBalancers().getFirst(), manifests.references())
              : null;
      var config = rendered == null ? null : rendered.config();
      if (config == null) {
        refused++;
        var why = rendered == null ? manifests.findings() : rendered.problems();
        assertTrue(why.toString().contains("responseHeaders"), () -> "not by name: " + why);
      } else {
        assertTrue(value.chars().noneMatch(c -> c < ' ' && c != '\t' || c == 0x7f), value);
        var read = ConfigJson.read(ConfigJson.write(config), LoadBalancerConfig.class);
        assertEquals(config, read);
        var edits = read.listeners().getFirst().responseHeaders();
        assertEquals(value, edits == null ? null : edits.set().getFirst().value());
      }
    }
    assertTrue(refused > ROUNDS / 10 && refused < ROUNDS, "refused: " + refused);
  }

  private static Manifests read(String value) throws Exception {
    return ManifestReader.read(
        "test.yaml",
        """
        apiVersion: weir.dev/v1alpha1
        kind: LoadBalancer
        metadata: {name: lb, namespace: ns}
        spec:
          listeners:
            - name: http
              port: 80
              defaultPool: web
              responseHeaders: {set: [{name: X-A, value: %s}]}
          pools: [{name: web, endpoints: [{address: 10.0.0.1, port: 80}]}]
        """
            .formatted(JSON.writeValueAsString(value).replace("\u007f", "\\x7f")));
  }
}
