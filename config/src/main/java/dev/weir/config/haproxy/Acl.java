package dev.weir.config.haproxy;

import java.util.ArrayList;
import java.util.List;

/// The lines `acl` of one name, of which one must hold. Used by one thread and thrown away.
final class Acl {
  private final List<Criterion> criteria = new ArrayList<>();
  private final List<Integer> lines = new ArrayList<>();

  void add(Criterion criterion, int line) {
    criteria.add(criterion);
    lines.add(line);
  }

  List<Criterion> criteria() {
    return criteria;
  }

  List<Integer> lines() {
    return lines;
  }
}
