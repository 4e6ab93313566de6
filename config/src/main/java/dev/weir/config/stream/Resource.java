package dev.weir.config.stream;

import dev.weir.config.CertificateConfig;
import dev.weir.config.ConfigJson;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.LoadBalancerConfig;
import dev.weir.config.TrustConfig;
import org.jspecify.annotations.Nullable;

/// One named document. Equal when key and content are.
///
/// A resource may be known by its hash alone: what a proxy says that it has. Or it is made for the
/// same process and is written only when somebody asks for its body or its hash. Thread: any.
public final class Resource {
  /// The longest body, in bytes: a body and its header fit into one frame.
  public static final int MAX_BODY = FrameCodec.MAX_FRAME - 4096;

  private final ResourceKey key;
  private final @Nullable Object config;
  private volatile @Nullable String hash;
  private volatile byte @Nullable [] body;

  private Resource(
      ResourceKey key, @Nullable Object config, @Nullable String hash, byte @Nullable [] body) {
    this.key = key;
    this.config = config;
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
    return new Resource(key, null, Digest.sha256(body), body);
  }

  /// The resource of a LoadBalancer that stays in this process, however large.
  public static Resource local(LoadBalancerConfig config) {
    return new Resource(key(config), config, null, null);
  }

  /// The resource of a pool's endpoints that stays in this process, however large.
  public static Resource local(EndpointsConfig config) {
    return new Resource(key(config), config, null, null);
  }

  /// The resource of a certificate that stays in this process.
  public static Resource local(CertificateConfig config) {
    return new Resource(key(config), config, null, null);
  }

  /// The resource of authorities that stay in this process.
  public static Resource local(TrustConfig config) {
    return new Resource(key(config), config, null, null);
  }

  /// The resource of a LoadBalancer.
  ///
  /// @throws IllegalArgumentException when its body is longer than [#MAX_BODY]
  public static Resource of(LoadBalancerConfig config) {
    return of(key(config), ConfigJson.write(config));
  }

  /// The resource of a pool's endpoints.
  ///
  /// @throws IllegalArgumentException when its body is longer than [#MAX_BODY]
  public static Resource of(EndpointsConfig config) {
    return of(key(config), ConfigJson.write(config));
  }

  /// The resource of a certificate.
  ///
  /// @throws IllegalArgumentException when its body is longer than [#MAX_BODY]
  public static Resource of(CertificateConfig config) {
    return of(key(config), ConfigJson.write(config));
  }

  /// The resource of authorities.
  ///
  /// @throws IllegalArgumentException when its body is longer than [#MAX_BODY]
  public static Resource of(TrustConfig config) {
    return of(key(config), ConfigJson.write(config));
  }

  /// A resource that is known by its hash alone.
  ///
  /// @throws IllegalArgumentException when the hash is not 64 lowercase hex digits
  public static Resource known(ResourceKey key, String hash) {
    if (!Digest.isHex(hash)) {
      throw new IllegalArgumentException(key + ": hash is not 64 lowercase hex digits");
    }
    return new Resource(key, null, hash, null);
  }

  private static ResourceKey key(LoadBalancerConfig config) {
    return new ResourceKey(ResourceType.LoadBalancer, config.name());
  }

  private static ResourceKey key(EndpointsConfig config) {
    return new ResourceKey(ResourceType.Endpoints, config.pool());
  }

  private static ResourceKey key(CertificateConfig config) {
    return new ResourceKey(ResourceType.Certificate, config.name());
  }

  private static ResourceKey key(TrustConfig config) {
    return new ResourceKey(ResourceType.Trust, config.name());
  }

  /// What it is called.
  public ResourceKey key() {
    return key;
  }

  /// SHA-256 of the body's bytes as 64 lowercase hex digits.
  public String hash() {
    String known = hash;
    if (known == null) {
      known = Digest.sha256(body());
      hash = known;
    }
    return known;
  }

  /// Whether [#hash] is there without work.
  boolean isHashed() {
    return hash != null;
  }

  /// The document's bytes, not to be changed.
  ///
  /// @throws IllegalStateException when it is known by its hash alone
  public byte[] body() {
    byte[] known = body;
    if (known == null) {
      if (config == null) {
        throw new IllegalStateException(key + " is known by its hash alone");
      }
      known = ConfigJson.write(config);
      body = known;
    }
    return known;
  }

  /// The document as a record.
  ///
  /// @throws ConfigJson.InvalidJsonException when the bytes are none of that type
  /// @throws IllegalStateException when it is known by its hash alone
  public <T> T read(Class<T> type) throws ConfigJson.InvalidJsonException {
    return type.isInstance(config) ? type.cast(config) : ConfigJson.read(body(), type);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Resource resource
        && key.equals(resource.key)
        && (config != null && resource.config != null
            ? config.equals(resource.config)
            : hash().equals(resource.hash()));
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public String toString() {
    return key + "@" + hash().substring(0, 12);
  }
}
