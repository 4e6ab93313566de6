package dev.weir.controller.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/// What the controller is allowed to do, by its roles, and what it did, by the API server's audit
/// log: `verb resource.group`.
final class Rights {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String USER = "system:serviceaccount:weir-system:weir-controller";
  private static final int CREATED = 201;

  private Rights() {}

  static Set<String> granted(Kubectl kubectl) throws Exception {
    Set<String> rights = new TreeSet<>();
    addRules(rights, kubectl.run("get", "clusterrole", "weir-controller", "-o", "json"));
    addRules(rights, kubectl.run("get", "clusterrole", "weir-references", "-o", "json"));
    addRules(
        rights, kubectl.run("get", "role", "weir-controller", "-n", "weir-system", "-o", "json"));
    return rights;
  }

  private static void addRules(Set<String> rights, String role) throws Exception {
    for (JsonNode rule : JSON.readTree(role).path("rules")) {
      for (JsonNode group : rule.path("apiGroups")) {
        for (JsonNode resource : rule.path("resources")) {
          for (JsonNode verb : rule.path("verbs")) {
            rights.add(right(verb.asText(), resource.asText(), group.asText()));
          }
        }
      }
    }
  }

  static Set<String> used(Path auditLog) throws Exception {
    Set<String> rights = new TreeSet<>();
    for (String line : Files.readAllLines(auditLog)) {
      if (!line.contains(USER)) {
        continue;
      }
      JsonNode event = JSON.readTree(line);
      JsonNode object = event.path("objectRef");
      if (!event.path("user").path("username").asText().equals(USER) || object.isMissingNode()) {
        continue;
      }
      String resource = object.path("resource").asText();
      String subresource = object.path("subresource").asText();
      String full = subresource.isEmpty() ? resource : resource + "/" + subresource;
      String group = object.path("apiGroup").asText();
      String verb = event.path("verb").asText();
      rights.add(right(verb, full, group));
      // A server-side apply that makes an object needs the right to create it, too.
      if (verb.equals("patch") && event.path("responseStatus").path("code").asInt() == CREATED) {
        rights.add(right("create", full, group));
      }
    }
    return rights;
  }

  private static String right(String verb, String resource, String group) {
    return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
  }
}
