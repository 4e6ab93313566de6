package dev.weir.config.check;

import java.io.PrintStream;
import java.util.List;

/// `weir check FILE...`.
public final class CheckCommand {
  private CheckCommand() {}

  /// Checks files and directories and prints one line per finding: `FILE:LINE: path: message`.
  ///
  /// @param args the arguments after `check`
  /// @return the exit code: 0 when all is well (notices are), 1 when problems were found, 64 for wrong usage
  public static int run(List<String> args, PrintStream out, PrintStream err) {
    return 64;
  }
}
