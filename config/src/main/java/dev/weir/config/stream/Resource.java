package dev.weir.config.stream;

import dev.weir.config.ConfigJson;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import org.jspecify.annotations.Nullable;

/// One named document on the stream. Equal when key and hash are equal.
///
/// A resource may be known by its hash alone: what a proxy says that it has.
public final class Resource {
  /// The longest body, in bytes: a body and its header fit into one frame.
  public static final int MAX_BODY = FrameCodec.MAX_FRAME - 4096;

  private final ResourceKey key;
  private final String hash;
  private final byte @Nullable [] body;

  private Resource(ResourceKey key, String hash, byte @Nullable [] body) {
    this.key = key;
    this.hash = hash;
    this.body = body;
  }

  /// A resource with the body, which must not change afterwards.
  ///
  /// @throws IllegalArgumentException when the body is longer than [#MAX_BODY]
  public static Resource of(ResourceKey key, byte[] body) {
    if (body.length > MAX_BODY) {
      throw new IllegalArgumentException(
          key + " has " + body.length + " bytes, more than the " + MAX_BODY + " of one frame");
    }
    return new Resource(key, Digest.sha256(body), body);
  }

  /// The resource of a LoadBalancer.
  ///
  /// @throws IllegalArgumentException when its body is longer than [#MAX_BODY]
  public static Resource of(LoadBalancerConfig config) {
    return of(new ResourceKey(ResourceType.LoadBalancer, config.name()), ConfigJson.write(config));
  }

  /// The resource of a pool's endpoints.
  ///
  /// @throws IllegalArgumentException when its body is longer than [#MAX_BODY]
  public static Resource of(EndpointsConfig config) {
    return of(new ResourceKey(ResourceType.Endpoints, config.pool()), ConfigJson.write(config));
  }

  /// A resource that is known by its hash alone.
  ///
  /// @throws IllegalArgumentException when the hash is not 64 lowercase hex digits
  public static Resource known(ResourceKey key, String hash) {
    if (!Digest.isHex(hash)) {
      throw new IllegalArgumentException(key + ": hash is not 64 lowercase hex digits");
    }
    return new Resource(key, hash, null);
  }

  /// What it is called.
  public ResourceKey key() {
    return key;
  }

  /// SHA-256 of the body's bytes as 64 lowercase hex digits.
  public String hash() {
    return hash;
  }

  /// The document's bytes, not to be changed.
  ///
  /// @throws IllegalStateException when it is known by its hash alone
  public byte[] body() {
    if (body == null) {
      throw new IllegalStateException(key + " is known by its hash alone");
    }
    return body;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Resource resource
        && key.equals(resource.key)
        && hash.equals(resource.hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return key + "@" + hash.substring(0, 12);
  }
}
