package dev.weir.config.stream;

import dev.weir.config.ConfigJson;
import dev.weir.config.stream.Frame.FromController;
import dev.weir.config.stream.Frame.FromProxy;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// Frames as bytes: a JSON object in one line; `upsert` has its resource's body as a second line,
/// exactly as hashed.
///
/// Decoding is strict, and bounds everything that a peer can make large.
public final class FrameCodec {
  /// The largest frame, in bytes.
  public static final int MAX_FRAME = 4 << 20;

  /// The most entries in a list or map of one frame.
  public static final int MAX_LISTED = 20_000;

  /// The most `have` frames after a `hello`.
  public static final int MAX_HAVE_FRAMES = 64;

  /// The most secrets of one `tickets` frame.
  public static final int MAX_TICKET_SECRETS = 8;

  /// The longest free text, in characters.
  public static final int MAX_TEXT = 1024;

  private FrameCodec() {}

  /// The bytes of a frame.
  ///
  /// @throws IllegalArgumentException when they are more than [#MAX_FRAME]
  public static byte[] encode(Frame frame) {
    byte[] bytes =
        switch (frame) {
          case Frame.Upsert(Resource resource) -> upsert(resource);
          case FromProxy other -> ConfigJson.write(other);
          case FromController other -> ConfigJson.write(other);
        };
    if (bytes.length > MAX_FRAME) {
      throw new IllegalArgumentException(
          "a frame of " + bytes.length + " bytes is more than the limit of " + MAX_FRAME);
    }
    return bytes;
  }

  /// Reads a frame of a proxy.
  ///
  /// @throws InvalidFrameException when it is not exactly a frame that a proxy may send
  public static FromProxy fromProxy(byte[] bytes) throws InvalidFrameException {
    requireSize(bytes);
    FromProxy frame = read(bytes, FromProxy.class);
    switch (frame) {
      case Frame.Hello hello -> check(hello);
      case Frame.Have(var resources) -> checkHave(resources);
      case Frame.Ack ack -> check(ack);
      case Frame.Health health -> check(health);
      case Frame.Traffic(var counted) -> {
        requireCount("loadBalancers", counted);
        for (LoadBalancerTraffic one : counted) {
          requireText("loadBalancers.loadBalancer", one.loadBalancer(), ResourceKey.MAX_NAME);
          require(
              one.requests() >= 0 && one.failures() >= 0 && one.failures() <= one.requests(),
              "failures must be from 0 to requests");
        }
      }
      case Frame.Pong() -> {}
      case Frame.Refused(var reason) -> requireText("reason", reason, MAX_TEXT);
    }
    return frame;
  }

  /// Reads a frame of a controller.
  ///
  /// @throws InvalidFrameException when it is not exactly a frame that a controller may send
  public static FromController fromController(byte[] bytes) throws InvalidFrameException {
    requireSize(bytes);
    int line = indexOfNewline(bytes);
    if (line >= 0) {
      return upsert(
          read(Arrays.copyOf(bytes, line), UpsertHeader.class),
          Arrays.copyOfRange(bytes, line + 1, bytes.length));
    }
    FromController frame = read(bytes, FromController.class);
    switch (frame) {
      case Frame.Welcome welcome -> {
        requireText("controller", welcome.controller(), 253);
        require(
            welcome.pingInterval().toMillis() >= 100 && welcome.pingInterval().toHours() < 1,
            "pingInterval must be from 100ms to 1h");
      }
      case Frame.Begin begin ->
          require(begin.upserts() >= 0 && begin.removes() >= 0, "counts must not be negative");
      case Frame.Remove(var type, var name) -> key(type, name);
      case Frame.Tickets(var secrets) -> checkTickets(secrets);
      case Frame.Refused(var reason) -> requireText("reason", reason, MAX_TEXT);
      case Frame.Commit ignored -> {}
      case Frame.Observe(var names) -> {
        requireCount("loadBalancers", names);
        for (String name : names) {
          requireText("loadBalancers", name, ResourceKey.MAX_NAME);
        }
      }
      case Frame.Ping() -> {}
      case Frame.Upsert ignored -> throw new InvalidFrameException("upsert without a body");
    }
    return frame;
  }

  /// The text in one printable line of at most `max` characters.
  static String clip(String text, int max) {
    var clipped = new StringBuilder(text.length() <= max ? text : text.substring(0, max));
    for (int i = 0; i < clipped.length(); i++) {
      if (Character.isISOControl(clipped.charAt(i))) {
        clipped.setCharAt(i, ' ');
      }
    }
    return clipped.toString();
  }

  private record UpsertHeader(String frame, ResourceType type, String name, String hash) {}

  private static byte[] upsert(Resource resource) {
    ResourceKey key = resource.key();
    byte[] header =
        ConfigJson.write(new UpsertHeader("upsert", key.type(), key.name(), resource.hash()));
    byte[] body = resource.body();
    byte[] bytes = Arrays.copyOf(header, header.length + 1 + body.length);
    bytes[header.length] = '\n';
    System.arraycopy(body, 0, bytes, header.length + 1, body.length);
    return bytes;
  }

  private static Frame.Upsert upsert(UpsertHeader header, byte[] body)
      throws InvalidFrameException {
    require(header.frame.equals("upsert"), "only upsert has a second line");
    require(body.length <= Resource.MAX_BODY, "body of upsert is too long");
    Resource resource = Resource.of(key(header.type, header.name), body);
    require(
        resource.hash().equals(header.hash),
        "hash of " + resource.key() + " is not the SHA-256 of its body");
    return new Frame.Upsert(resource);
  }

  private static <T> T read(byte[] bytes, Class<T> type) throws InvalidFrameException {
    try {
      return ConfigJson.read(bytes, type);
    } catch (ConfigJson.InvalidJsonException e) {
      throw new InvalidFrameException(clip(String.valueOf(e.getMessage()), MAX_TEXT));
    }
  }

  private static void checkTickets(List<String> secrets) throws InvalidFrameException {
    require(
        !secrets.isEmpty() && secrets.size() <= MAX_TICKET_SECRETS,
        "secrets must be from 1 to " + MAX_TICKET_SECRETS);
    for (String secret : secrets) {
      int length = -1;
      try {
        length = Base64.getDecoder().decode(secret).length;
      } catch (IllegalArgumentException e) {
        // Said below, without what is in it.
      }
      require(length >= 32 && length <= 128, "a secret must be base64 of 32 to 128 bytes");
    }
  }

  private static void check(Frame.Hello hello) throws InvalidFrameException {
    requireName("proxyId", hello.proxyId(), 253);
    requireName("build", hello.build(), 128);
    require(
        hello.more() >= 0 && hello.more() <= MAX_HAVE_FRAMES,
        "more must be from 0 to " + MAX_HAVE_FRAMES);
    if (hello.version() != null) {
      requireText("version.lease", hello.version().lease(), 253);
    }
    checkHave(hello.have());
  }

  private static void checkHave(Map<String, String> have) throws InvalidFrameException {
    requireCount("have", have.keySet());
    for (Map.Entry<String, String> entry : have.entrySet()) {
      try {
        Resource.known(ResourceKey.parse(entry.getKey()), entry.getValue());
      } catch (IllegalArgumentException e) {
        throw new InvalidFrameException("have: " + clip(String.valueOf(e.getMessage()), MAX_TEXT));
      }
    }
  }

  private static void check(Frame.Ack ack) throws InvalidFrameException {
    requireCount("rejected", ack.rejected());
    List<UnboundListener> unbound = ack.unbound() == null ? List.of() : ack.unbound();
    requireCount("unbound", unbound);
    require(
        ack.rejected().isEmpty() == (ack.result() == Frame.Result.Applied),
        "result must be Partial exactly when something is rejected");
    for (Rejection r : ack.rejected()) {
      requireText("rejected.loadBalancer", r.loadBalancer(), ResourceKey.MAX_NAME);
      requireText("rejected.rule", r.rule(), 128);
      requireText("rejected.path", r.path(), MAX_TEXT);
      requireText("rejected.message", r.message(), MAX_TEXT);
    }
    for (UnboundListener b : unbound) {
      requireText("unbound.loadBalancer", b.loadBalancer(), ResourceKey.MAX_NAME);
      requireText("unbound.listener", b.listener(), 253);
      requireText("unbound.address", b.address(), 253);
      requireText("unbound.error", b.error(), MAX_TEXT);
    }
  }

  private static void check(Frame.Health health) throws InvalidFrameException {
    requireCount("changes", health.changes());
    for (EndpointHealth change : health.changes()) {
      requireText("changes.pool", change.pool(), ResourceKey.MAX_NAME);
      requireText("changes.endpoint", change.endpoint(), 300);
      requireText("changes.reason", change.reason(), MAX_TEXT);
    }
  }

  private static ResourceKey key(ResourceType type, String name) throws InvalidFrameException {
    try {
      return new ResourceKey(type, name);
    } catch (IllegalArgumentException e) {
      throw new InvalidFrameException(clip(String.valueOf(e.getMessage()), MAX_TEXT));
    }
  }

  private static int indexOfNewline(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  private static void requireSize(byte[] bytes) throws InvalidFrameException {
    require(bytes.length <= MAX_FRAME, "frame is longer than " + MAX_FRAME + " bytes");
  }

  private static void requireCount(String field, Collection<?> values)
      throws InvalidFrameException {
    require(values.size() <= MAX_LISTED, field + " has more than " + MAX_LISTED + " entries");
  }

  private static void requireName(String field, String value, int max)
      throws InvalidFrameException {
    requireText(field, value, max);
    require(!value.isBlank(), field + " must not be empty");
  }

  private static void requireText(String field, String value, int max)
      throws InvalidFrameException {
    require(
        value.length() <= max && value.chars().noneMatch(Character::isISOControl),
        field + " must be one line of at most " + max + " characters");
  }

  private static void require(boolean condition, String problem) throws InvalidFrameException {
    if (!condition) {
      throw new InvalidFrameException(problem);
    }
  }
}
