package dev.weir.proxy.accesslog;

import dev.weir.proxy.message.Failure;

/// HAProxy's `httplog` and `tcplog`, byte for byte: what parses its logs parses ours.
///
/// ```
/// httplog  %ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %{+Q}r
/// tcplog   %ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq
/// ```
///
/// Timers are milliseconds, -1 for what was not reached. Captured cookies and headers do not exist,
/// so the former are `-` and the latter absent. Pure but for the line that it appends to.
final class HaproxyFormat {
  private static final int MAX_REQUEST_LINE = 1024;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private HaproxyFormat() {}

  static void http(Line line, Dates dates, AccessRecord record) {
    start(line, dates, record);
    millis(line, record.started, record.headReceived).put('/');
    millis(line, record.headReceived, record.dequeued).put('/');
    millis(line, record.dequeued, record.connected).put('/');
    millis(line, record.connected, record.responded).put('/');
    millis(line, record.started, record.ended).put(' ');
    line.number(status(record)).put(' ');
    line.number(record.bytesOut).put(" - - ");
    line.put(record.endedBy()).put(record.endedAt()).put("-- ");
    counts(line, record);
    line.put(" \"");
    request(line, record);
    line.put("\"\n");
  }

  static void tcp(Line line, Dates dates, AccessRecord record) {
    start(line, dates, record);
    millis(line, record.started, record.dequeued).put('/');
    millis(line, record.dequeued, record.connected).put('/');
    millis(line, record.started, record.ended).put(' ');
    line.number(record.bytesOut).put(' ');
    line.put(record.endedBy()).put(record.endedAt()).put(' ');
    counts(line, record);
    line.put('\n');
  }

  private static void start(Line line, Dates dates, AccessRecord record) {
    line.put(record.clientAddress()).put(':').number(record.clientPort()).put(" [");
    dates.haproxy(line, record.started, record.ended);
    line.put("] ").put(record.listener).put(record.tls() == null ? " " : "~ ");
    line.put(record.pool == null ? record.listener : record.pool).put('/');
    line.put(record.endpoint == null ? "<NOSRV>" : record.endpoint).put(' ');
  }

  private static void counts(Line line, AccessRecord record) {
    line.number(record.processConnections).put('/');
    line.number(record.listenerConnections).put('/');
    line.number(record.poolConnections).put('/');
    line.number(record.endpointConnections).put('/');
    if (record.redispatched) {
      line.put('+');
    }
    line.number(record.retries).put(" 0/").number(record.queued);
  }

  /// A head that its client did not finish is a 400 there, though nobody is left to read it.
  private static int status(AccessRecord record) {
    if (record.status != 0) {
      return record.status;
    }
    return record.failure == Failure.CLIENT_ABORT && record.stage == 'R' ? 400 : -1;
  }

  private static void request(Line line, AccessRecord record) {
    if (record.methodEnd == record.methodStart) {
      line.put("<BADREQ>");
      return;
    }
    line.escaped(record.head, record.methodStart, record.targetEnd, MAX_REQUEST_LINE)
        .put(' ')
        .put(record.version());
  }

  private static Line millis(Line line, long from, long to) {
    return line.number(from == 0 || to == 0 ? -1 : (to - from) / NANOS_PER_MILLI);
  }
}
