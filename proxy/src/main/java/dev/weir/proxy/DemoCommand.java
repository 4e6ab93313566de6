package dev.weir.proxy;

import java.io.PrintStream;
import java.util.List;

final class DemoCommand {
  private DemoCommand() {}

  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    return ExitCode.USAGE;
  }
}
