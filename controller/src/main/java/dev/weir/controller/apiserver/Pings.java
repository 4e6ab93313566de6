package dev.weir.controller.apiserver;

import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the other end of WebSockets whether it is there, by pings (RFC 6455, 5.5.2), and fails
/// those where [#QUESTIONS] in a row got no answer, nor anything else.
///
/// Questions are counted, not seconds, so that a process that was stopped for a while and wakes up
/// calls nobody lost. A listener that takes longer than that with one message loses its connection,
/// too: answers come in the order of messages.
final class Pings implements AutoCloseable {
  /// How many questions may be without an answer.
  static final int QUESTIONS = 3;

  private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

  private final Duration interval;
  private final LongAdder lost = new LongAdder();
  private final ScheduledThreadPoolExecutor timer;

  /// @param interval between two questions
  Pings(Duration interval) {
    this.interval = interval;
    timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("weir-api-pings").factory());
    timer.setRemoveOnCancelPolicy(true);
  }

  /// A listener that hands everything on to that one and fails it with an [HttpTimeoutException]
  /// once nobody answers.
  Pinging before(WebSocket.Listener listener) {
    return new Pinging(listener);
  }

  /// How many were lost.
  long lost() {
    return lost.sum();
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /// What is between one WebSocket and its listener.
  final class Pinging implements WebSocket.Listener {
    private final WebSocket.Listener listener;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger unanswered = new AtomicInteger();
    private volatile @Nullable Future<?> questions;

    private Pinging(WebSocket.Listener listener) {
      this.listener = listener;
    }

    /// Asks once more, or gives up. On the timer's thread; nothing here blocks.
    void ask(WebSocket socket) {
      if (ended.get() || socket.isInputClosed()) {
        stopAsking();
      } else if (unanswered.getAndIncrement() < QUESTIONS) {
        socket.sendPing(ByteBuffer.allocate(0));
      } else if (end()) {
        lost.increment();
        LOG.warn(
            "a watch got no answer from the API server to {} pings in {} ms: going on over a new"
                + " connection",
            QUESTIONS,
            interval.multipliedBy(QUESTIONS).toMillis());
        socket.abort();
        listener.onError(socket, new HttpTimeoutException("no answer to pings"));
      }
    }

    /// Questions since something was heard.
    int unanswered() {
      return unanswered.get();
    }

    private boolean end() {
      stopAsking();
      return ended.compareAndSet(false, true);
    }

    private void stopAsking() {
      Future<?> running = questions;
      if (running != null) {
        running.cancel(false);
      }
    }

    @Override
    public void onOpen(WebSocket socket) {
      long nanos = interval.toNanos();
      questions =
          timer.scheduleWithFixedDelay(() -> ask(socket), nanos, nanos, TimeUnit.NANOSECONDS);
      listener.onOpen(socket);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      unanswered.set(0);
      return listener.onText(socket, data, last);
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      unanswered.set(0);
      return listener.onBinary(socket, data, last);
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer message) {
      unanswered.set(0);
      return listener.onPing(socket, message);
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      unanswered.set(0);
      return listener.onPong(socket, message);
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      return end() ? listener.onClose(socket, status, reason) : null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      if (end()) {
        listener.onError(socket, error);
      }
    }
  }
}
