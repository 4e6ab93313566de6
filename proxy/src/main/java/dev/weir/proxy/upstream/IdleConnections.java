package dev.weir.proxy.upstream;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The connections of one endpoint on one loop that take another request: unused ones, and shared
/// ones that have room. The one used last comes first. Thread: the loop.
public final class IdleConnections {
  private final ArrayDeque<IdleConnection> stack = new ArrayDeque<>();
  private boolean closed;

  /// The connection that was used last and is still usable, or null. Belongs to the caller, unless
  /// it is shared.
  public @Nullable IdleConnection take() {
    IdleConnection connection;
    while ((connection = stack.pollFirst()) != null) {
      if (!connection.usable()) {
        connection.close();
      } else {
        if (connection.shared()) {
          stack.addFirst(connection);
        }
        return connection;
      }
    }
    return null;
  }

  /// Keeps a connection for the next request; closes it when the endpoint is gone.
  public void put(IdleConnection connection) {
    if (closed) {
      connection.close();
    } else {
      stack.addFirst(connection);
    }
  }

  /// Forgets a connection that was closed or whose time is over.
  public void remove(IdleConnection connection) {
    stack.remove(connection);
  }

  /// How many there are.
  public int size() {
    return stack.size();
  }

  /// Closes all, and from now on whatever comes.
  public void close() {
    closed = true;
    closeAll();
  }

  /// Closes all.
  void closeAll() {
    IdleConnection connection;
    while ((connection = stack.pollFirst()) != null) {
      connection.close();
    }
  }
}
