package dev.weir.config.haproxy;

import dev.weir.api.v1alpha1.PoolSpec;
import org.jspecify.annotations.Nullable;

/// What `server` and `default-server` say behind name and address. Times in milliseconds. Used by
/// one thread.
final class ServerOptions {
  @Nullable Setting<Boolean> check;
  @Nullable Setting<Long> inter;
  @Nullable Setting<Integer> rise;
  @Nullable Setting<Integer> fall;
  @Nullable Setting<Integer> port;
  @Nullable Setting<Integer> weight;
  @Nullable Setting<Boolean> backup;
  @Nullable Setting<Boolean> disabled;
  @Nullable Setting<Integer> maxConnections;
  @Nullable Setting<PoolSpec.Protocol> protocol;
  @Nullable Setting<Boolean> tls;
  @Nullable Setting<Boolean> verify;
  @Nullable Setting<String> verifyHost;
  @Nullable Setting<String> authorities;
  @Nullable Setting<String> revocations;
  @Nullable Setting<String> certificate;
  @Nullable Setting<String> serverName;
  @Nullable Setting<String> checkedName;
  TlsSpeech speech = new TlsSpeech();
  @Nullable Setting<String> sendProxy;

  ServerOptions copy() {
    var copy = new ServerOptions();
    copy.check = check;
    copy.inter = inter;
    copy.rise = rise;
    copy.fall = fall;
    copy.port = port;
    copy.weight = weight;
    copy.backup = backup;
    copy.disabled = disabled;
    copy.maxConnections = maxConnections;
    copy.protocol = protocol;
    copy.tls = tls;
    copy.verify = verify;
    copy.verifyHost = verifyHost;
    copy.authorities = authorities;
    copy.revocations = revocations;
    copy.certificate = certificate;
    copy.serverName = serverName;
    copy.checkedName = checkedName;
    copy.speech = speech.copy();
    copy.sendProxy = sendProxy;
    return copy;
  }

  boolean speaksTls() {
    return tls != null && tls.value();
  }

  boolean checked() {
    return check != null && check.value();
  }
}
