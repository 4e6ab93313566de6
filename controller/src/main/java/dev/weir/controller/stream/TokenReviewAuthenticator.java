package dev.weir.controller.stream;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Asks the API server whose token it is, for one audience: a token that was made for somebody else
/// is refused.
public final class TokenReviewAuthenticator implements Authenticator {
  /// The audience that proxies' tokens are made for.
  public static final String AUDIENCE = "weir-controller";

  private static final String POD = "authentication.kubernetes.io/pod-name";
  private static final String NODE = "authentication.kubernetes.io/node-name";

  private final KubernetesClient client;

  /// @param client may create TokenReviews; stays the caller's to close
  public TokenReviewAuthenticator(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Answer authenticate(String token) {
    TokenReview review;
    try {
      review =
          client
              .tokenReviews()
              .create(
                  new TokenReviewBuilder()
                      .withNewSpec()
                      .withToken(token)
                      .withAudiences(AUDIENCE)
                      .endSpec()
                      .build());
    } catch (KubernetesClientException e) {
      return new Answer.Unavailable(
          e.getCode() == 0
              ? "TokenReview: the API server cannot be reached"
              : "TokenReview: the API server answers HTTP " + e.getCode());
    }
    TokenReviewStatus status = review == null ? null : review.getStatus();
    if (status == null) {
      return new Answer.Unavailable("TokenReview: the API server gives no status");
    }
    if (!Boolean.TRUE.equals(status.getAuthenticated())) {
      return new Answer.Refused("the token is not valid, or not for audience " + AUDIENCE);
    }
    if (status.getAudiences() == null || !status.getAudiences().contains(AUDIENCE)) {
      return new Answer.Refused("the token is not for audience " + AUDIENCE);
    }
    UserInfo user = status.getUser();
    String userName = user == null ? "" : user.getUsername();
    try {
      return new Answer.Known(ProxyIdentity.ofUserName(userName, one(user, POD), one(user, NODE)));
    } catch (IllegalArgumentException e) {
      return new Answer.Refused("the token belongs to somebody who is not a ServiceAccount");
    }
  }

  /// What the token is bound to. That the pod is there, with the UID that the token has, is what
  /// the API server says by calling the token good.
  private static @Nullable String one(@Nullable UserInfo user, String what) {
    Map<String, List<String>> extra = user == null ? null : user.getExtra();
    List<String> names = extra == null ? null : extra.get(what);
    return names == null || names.size() != 1 ? null : names.getFirst();
  }
}
