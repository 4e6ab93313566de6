package dev.weir.proxy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Map;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/// The process's own log, on standard error, as SLF4J's provider. Logback is set up in code, and
/// named instead of searched for: reading its XML and looking for services in every jar would be a
/// good part of a proxy's start. Where [#use] was not called, as in tests, SLF4J finds logback, and
/// logback its files.
public final class ProcessLog implements SLF4JServiceProvider {
  private static final String PROVIDER = "slf4j.provider";
  private static final String VERBOSITY = "slf4j.internal.verbosity";
  private static final String LEVEL = "dev.weir.proxy.log";
  private static final String API_VERSION = "2.0.99"; // any of 2.0, as logback says it too

  private final LoggerContext context = new LoggerContext();
  private final IMarkerFactory markers = new BasicMarkerFactory();
  private final LogbackMDCAdapter diagnosticContext = new LogbackMDCAdapter();

  /// Called by SLF4J.
  public ProcessLog() {}

  /// To be called before the first logger is made.
  static void use(Map<String, String> environment) {
    System.setProperty(LEVEL, environment.getOrDefault("WEIR_LOG_LEVEL", "INFO"));
    System.setProperty(PROVIDER, ProcessLog.class.getName());
    System.setProperty(VERBOSITY, "WARN"); // else each start says that a provider was named
  }

  @Override
  public void initialize() {
    context.setName("default");
    context.setMDCAdapter(diagnosticContext);
    var line = new Line();
    line.setContext(context);
    line.start();
    var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
    encoder.setContext(context);
    encoder.setLayout(line);
    encoder.start();
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(System.getProperty(LEVEL), Level.INFO));
    root.addAppender(appender);
    context.start();
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return context;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return markers;
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return diagnosticContext;
  }

  @Override
  public String getRequestedApiVersion() {
    return API_VERSION;
  }

  /// An event as text: time in UTC, level, thread, class, message, and of an exception and its
  /// causes what they are and where they come from. Logback's own layout reads the time zones of
  /// the world first.
  private static final class Line extends LayoutBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME =
        new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    @Override
    public String doLayout(ILoggingEvent event) {
      var text = new StringBuilder(160);
      TIME.formatTo(event.getInstant(), text);
      text.append(' ').append(event.getLevel());
      text.append(" ".repeat(Math.max(1, 6 - event.getLevel().levelStr.length())));
      text.append('[').append(event.getThreadName()).append("] ");
      var logger = event.getLoggerName();
      text.append(logger, logger.lastIndexOf('.') + 1, logger.length());
      text.append(": ").append(event.getFormattedMessage()).append('\n');
      var role = "";
      for (var thrown = event.getThrowableProxy(); thrown != null; thrown = thrown.getCause()) {
        text.append(role)
            .append(thrown.getClassName())
            .append(": ")
            .append(thrown.getMessage())
            .append('\n');
        var frames = thrown.getStackTraceElementProxyArray();
        if (frames.length > 0) {
          text.append('\t').append(frames[0].getSTEAsString()).append('\n');
        }
        role = "Caused by: ";
      }
      return text.toString();
    }
  }
}
