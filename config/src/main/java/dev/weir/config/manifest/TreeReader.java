package dev.weir.config.manifest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Turns YAML text into trees. Its own limits: nesting, number of values with aliases written out.
/// Used by one thread for one text.
final class TreeReader {
  static final int MAX_DEPTH = 50;
  static final int MAX_VALUES = 2_000_000;
  private static final String STRING = "tag:yaml.org,2002:str";

  private final Findings findings;
  private final Iterator<Event> events;
  private final Map<String, Tree> anchors = new HashMap<>();
  private final List<Repeated> repeated = new ArrayList<>();
  private int values;

  private record Repeated(Tree.Entry first, String key, int line) {}

  private TreeReader(Findings findings, String text) {
    this.findings = findings;
    var settings =
        LoadSettings.builder()
            .setLabel(findings.file())
            .setCodePointLimit(Integer.MAX_VALUE)
            .setUseMarks(true)
            .build();
    this.events = new Parse(settings).parseString(text).iterator();
  }

  private static final class LimitException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final int line;

    LimitException(int line, String message) {
      super(message);
      this.line = line;
    }
  }

  /// The documents up to the first syntax error; empty documents are left out.
  static List<Tree> read(Findings findings, String text) {
    var documents = new ArrayList<Tree>();
    try {
      var reader = new TreeReader(findings, text);
      while (reader.events.hasNext()) {
        var event = reader.events.next();
        if (event.getEventId() == Event.ID.DocumentStart) {
          reader.anchors.clear();
          var document = reader.value(reader.events.next(), 0);
          reader.report(document);
          if (!(document instanceof Tree.Scalar scalar && scalar.value() == null)) {
            documents.add(document);
          }
        }
      }
    } catch (LimitException e) {
      findings.error(e.line, "", "TooLarge", String.valueOf(e.getMessage()));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      var context = e.getContext() == null ? "" : e.getContext() + ", ";
      findings.error(line, "", "Syntax", "is not YAML: " + context + e.getProblem());
    } catch (YamlEngineException e) {
      findings.error(0, "", "Syntax", "is not YAML: " + e.getMessage());
    }
    return documents;
  }

  private void report(Tree document) {
    for (var key : repeated) {
      var path = Tree.pathOf(document, key.first());
      findings.error(
          key.line(),
          path == null ? key.key() : path,
          "DuplicateKey",
          "is there twice; first on line " + key.first().line());
    }
    repeated.clear();
  }

  private static int line(Event event) {
    return event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }

  private Tree value(Event event, int depth) {
    int line = line(event);
    if (depth > MAX_DEPTH) {
      throw new LimitException(line, "is nested deeper than " + MAX_DEPTH + " levels");
    }
    count(1, line);
    return switch (event) {
      case AliasEvent alias -> alias(alias, line);
      case ScalarEvent scalar -> anchor(scalar, scalar(scalar, line));
      case SequenceStartEvent start -> anchor(start, sequence(line, depth));
      case MappingStartEvent start -> anchor(start, mapping(line, depth));
      default -> throw new LimitException(line, "unexpected " + event.getEventId());
    };
  }

  private void count(int more, int line) {
    values += more;
    if (values > MAX_VALUES) {
      throw new LimitException(
          line, "has more than " + MAX_VALUES + " values, with aliases written out");
    }
  }

  private Tree alias(AliasEvent alias, int line) {
    var target = anchors.get(alias.getAlias().getValue());
    if (target == null) {
      throw new LimitException(
          line, "the alias *" + alias.getAlias().getValue() + " has no complete anchor before it");
    }
    count(target.size(), line);
    return target;
  }

  private Tree anchor(NodeEvent event, Tree tree) {
    event.getAnchor().ifPresent(anchor -> anchors.put(anchor.getValue(), tree));
    return tree;
  }

  private Tree scalar(ScalarEvent event, int line) {
    var text = event.getValue();
    boolean isText =
        !event.isPlain() || event.getTag().map(tag -> tag.equals(STRING)).orElse(false);
    return new Tree.Scalar(isText ? text : Scalars.resolve(text), text, line);
  }

  private Tree sequence(int line, int depth) {
    var items = new ArrayList<Tree>();
    int size = 1;
    for (var event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      var item = value(event, depth + 1);
      size += item.size();
      items.add(item);
    }
    return new Tree.Sequence(items, line, size);
  }

  private Tree mapping(int line, int depth) {
    var entries = new LinkedHashMap<String, Tree.Entry>();
    var merged = new ArrayList<Tree>();
    int size = 1;
    for (var event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      int keyLine = line(event);
      var key = value(event, depth + 1);
      var value = value(events.next(), depth + 1);
      size += 1 + value.size();
      if (!(key instanceof Tree.Scalar scalar)) {
        findings.error(keyLine, "", "Syntax", "a key must be a string, and this is " + key.kind());
      } else if (scalar.text().equals("<<") && !(value instanceof Tree.Scalar)) {
        merged.add(value);
      } else {
        var earlier = entries.putIfAbsent(scalar.text(), new Tree.Entry(value, keyLine));
        if (earlier != null) {
          repeated.add(new Repeated(earlier, scalar.text(), keyLine));
        }
      }
    }
    merged.forEach(tree -> merge(tree, entries));
    return new Tree.Mapping(entries, line, size);
  }

  private static void merge(Tree source, Map<String, Tree.Entry> into) {
    switch (source) {
      case Tree.Mapping mapping -> mapping.entries().forEach(into::putIfAbsent);
      case Tree.Sequence sequence -> sequence.items().forEach(item -> merge(item, into));
      case Tree.Scalar _ -> {}
    }
  }
}
