package dev.weir.config.haproxy;

import java.util.Map;

/// Reads the text of a `haproxy.cfg`. Pure; any thread.
public final class HaproxyImport {
  private HaproxyImport() {}

  /// What the text says, in our terms. Never throws for what is in it: that is in the report.
  ///
  /// @param name the file, as findings call it; the LoadBalancer is named after it without its
  ///   directory and ending
  /// @param environment the variables that `"$NAME"` refers to
  public static Imported read(String name, String text, Map<String, String> environment) {
    var report = new ReportDraft(name);
    var tokenizer = new Tokenizer(environment);
    var sections = new Sections(tokenizer, report).parse(text);
    var interpreter = new Interpreter(tokenizer, report);
    interpreter.read(sections);
    return new Assembly(report, interpreter.global(), interpreter.proxies()).finish();
  }
}
