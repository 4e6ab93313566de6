package dev.weir.proxy.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The hosts file, read again when it changed. Thread: the control loop.
final class HostsFile {
  private final Path file;
  private Map<String, List<InetAddress>> names = Map.of();
  private FileTime readAt = FileTime.fromMillis(Long.MIN_VALUE);

  HostsFile(Path file) {
    this.file = file;
  }

  /// The addresses of a name; empty when it is not in the file.
  List<InetAddress> addresses(String name) {
    refresh();
    return names.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  private void refresh() {
    try {
      FileTime modified = Files.getLastModifiedTime(file);
      if (!modified.equals(readAt)) {
        names = parse(Files.readAllLines(file));
        readAt = modified;
      }
    } catch (IOException e) {
      names = Map.of();
    }
  }

  static Map<String, List<InetAddress>> parse(List<String> lines) {
    var names = new HashMap<String, List<InetAddress>>();
    for (String line : lines) {
      int comment = line.indexOf('#');
      String[] words = (comment < 0 ? line : line.substring(0, comment)).trim().split("\\s+");
      for (int i = 1; i < words.length; i++) {
        var known =
            names.computeIfAbsent(words[i].toLowerCase(Locale.ROOT), n -> new ArrayList<>());
        addLiteral(known, words[0]);
      }
    }
    names.values().removeIf(List::isEmpty);
    return names;
  }

  private static void addLiteral(List<InetAddress> known, String text) {
    try {
      InetAddress address = InetAddress.ofLiteral(text);
      if (!known.contains(address)) {
        known.add(address);
      }
    } catch (IllegalArgumentException e) {
      return;
    }
  }
}
