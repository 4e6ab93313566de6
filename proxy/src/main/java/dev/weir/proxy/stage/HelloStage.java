package dev.weir.proxy.stage;

import dev.weir.proxy.listener.Arrival;
import dev.weir.proxy.listener.Passage;
import dev.weir.proxy.listener.Stage;
import dev.weir.proxy.message.Failure;
import dev.weir.proxy.net.TlsFacts;
import dev.weir.proxy.tls.ClientHello;
import dev.weir.proxy.tls.HelloReader;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Reads what a client asks for in its ClientHello, and changes nothing of it: the endpoint ends
/// TLS. What does not begin as TLS goes on without. Immutable.
public final class HelloStage implements Stage {

  @Override
  public boolean admits(@Nullable TlsFacts tls) {
    return true;
  }

  @Override
  public Attempt begin(Arrival arrival, Passage passage) {
    return new Reading(arrival, passage).begin();
  }

  /// One connection's ClientHello.
  private static final class Reading extends FirstBytes {
    private final HelloReader reader = new HelloReader();

    Reading(Arrival arrival, Passage passage) {
      super(arrival, passage);
    }

    @Override
    void look(ByteBuf all) {
      switch (reader.read(all)) {
        case INCOMPLETE -> {}
        case COMPLETE -> hello(ClientHello.parse(reader.hello()));
        case NOT_TLS -> pass(arrival());
        case TOO_LARGE -> refuse(Failure.BAD_HELLO, "it is too large");
      }
    }

    private void hello(@Nullable ClientHello hello) {
      if (hello == null) {
        refuse(Failure.BAD_HELLO, "it is malformed");
      } else {
        pass(arrival().asking(hello.facts()));
      }
    }

    @Override
    Failure late() {
      return Failure.HELLO_TIMEOUT;
    }

    @Override
    Failure cut() {
      return Failure.BAD_HELLO;
    }
  }
}
