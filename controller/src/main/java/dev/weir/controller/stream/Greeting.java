package dev.weir.controller.stream;

import dev.weir.config.stream.Frame;
import dev.weir.config.stream.FrameCodec;
import dev.weir.config.stream.InvalidFrameException;
import dev.weir.config.stream.Resource;
import dev.weir.config.stream.ResourceKey;
import dev.weir.config.stream.Resources;
import java.time.Duration;
import java.util.Map;

/// The first words of a proxy: who it is and what it has. Thread: the session's.
final class Greeting {

  private Greeting() {}

  /// The first frame, in a protocol that is spoken here.
  ///
  /// @param patience how long it may take
  static Frame.Hello hello(SessionChannel channel, Duration patience)
      throws InvalidFrameException, InterruptedException, SessionChannel.UnresponsiveException {
    if (!(FrameCodec.fromProxy(channel.nextFrame(patience)) instanceof Frame.Hello hello)) {
      throw new InvalidFrameException("the first frame must be hello");
    }
    if (hello.protocol() != Frame.PROTOCOL) {
      throw new InvalidFrameException(
          "protocol " + hello.protocol() + " is not spoken here, only " + Frame.PROTOCOL);
    }
    return hello;
  }

  /// What the proxy has, as hello and the frames behind it list it.
  ///
  /// @param patience how long each of those may take
  static Resources listed(Frame.Hello hello, SessionChannel channel, Duration patience)
      throws InvalidFrameException, InterruptedException, SessionChannel.UnresponsiveException {
    Resources all = add(Resources.EMPTY, hello.have());
    for (int i = 0; i < hello.more(); i++) {
      byte[] bytes = channel.nextFrame(patience);
      if (!(FrameCodec.fromProxy(bytes) instanceof Frame.Have(var more))) {
        throw new InvalidFrameException("hello promises " + hello.more() + " have frames");
      }
      all = add(all, more);
    }
    if (!all.digest().equals(hello.digest())) {
      throw new InvalidFrameException("the digest of hello is not that of what it lists");
    }
    return all;
  }

  private static Resources add(Resources all, Map<String, String> listed) {
    Resources result = all;
    for (Map.Entry<String, String> entry : listed.entrySet()) {
      result = result.with(Resource.known(ResourceKey.parse(entry.getKey()), entry.getValue()));
    }
    return result;
  }
}
