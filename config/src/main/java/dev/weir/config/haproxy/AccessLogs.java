package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.AccessLogSpec;
import dev.weir.config.haproxy.ProxyDraft.LogFormat;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Decides what the listeners log, and where the process does. Used by one thread and thrown away.
final class AccessLogs {
  private final ReportDraft report;
  private final Places places;
  private final GlobalDraft global;
  private @Nullable String stream;

  AccessLogs(ReportDraft report, Places places, GlobalDraft global) {
    this.report = report;
    this.places = places;
    this.global = global;
  }

  /// Where access logs go, after all listeners; null when no line says it.
  @Nullable String stream() {
    return stream;
  }

  /// What a section logs.
  ///
  /// @param path of the field
  AccessLogSpec of(ProxyDraft proxy, String path) {
    var targets = new ArrayList<LogTarget>();
    if (proxy.globalLog != null) {
      places.use(proxy.globalLog, path);
      targets.addAll(global.logs);
    }
    targets.addAll(proxy.logs);
    targets.forEach(target -> report.used(target.line()));
    if (targets.isEmpty()) {
      places.use(proxy.noLog, path);
      return none();
    }
    if (targets.stream().noneMatch(LogTarget::accesses)) {
      report.notice(
          proxy.line(),
          proxy.where(),
          "Differs",
          "requests are not logged: the level of every 'log' is above 'info'");
      return none();
    }
    targets.stream().filter(LogTarget::accesses).forEach(target -> choose(target, proxy));
    boolean skipEmpty = Boolean.TRUE.equals(places.use(proxy.skipEmpty, path + ".skipEmpty"));
    return new AccessLogSpec(format(proxy, path + ".format"), skipEmpty);
  }

  private void choose(LogTarget target, ProxyDraft proxy) {
    if (stream == null) {
      stream = target.stream();
    } else if (target.stream() != null && !target.stream().equals(stream)) {
      report.notice(
          target.line(),
          proxy.where(),
          "Differs",
          "all access logs go to one place, which is %s already".formatted(stream));
    }
  }

  private AccessLogSpec.Format format(ProxyDraft proxy, String path) {
    var format = places.use(proxy.logFormat, path);
    var natural = proxy.isHttp() ? LogFormat.HttpLog : LogFormat.TcpLog;
    if (format == null) {
      report.notice(
          proxy.line(),
          proxy.where(),
          "Differs",
          "neither 'option httplog' nor 'option tcplog': HAProxy would log 'Connect from' lines,"
              + " Weir logs as with 'option %s'".formatted(proxy.isHttp() ? "httplog" : "tcplog"));
      format = natural;
    } else if (format == LogFormat.HttpLog && !proxy.isHttp()) {
      report.notice(
          proxy.line(),
          proxy.where(),
          "Differs",
          "'option httplog' is for mode http: as in HAProxy, it logs as with 'option tcplog'");
      format = natural;
    }
    return switch (format) {
      case HttpLog -> AccessLogSpec.Format.HTTPLog;
      case TcpLog -> AccessLogSpec.Format.TCPLog;
    };
  }

  private static AccessLogSpec none() {
    return new AccessLogSpec(AccessLogSpec.Format.None, null);
  }
}
