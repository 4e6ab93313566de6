package dev.weir.controller.stream;

import dev.weir.config.stream.ProxyGroup;
import java.util.function.UnaryOperator;

/// Says which group a ServiceAccount may ask for. Pure; called from any thread.
@FunctionalInterface
public interface Authorizer {
  /// Whether the proxy may get the group's config.
  boolean allows(ProxyIdentity identity, ProxyGroup group);

  /// A LoadBalancer's own ServiceAccount, in its namespace, may ask for that LoadBalancer; a
  /// fleet's, `<fleet>-fleet-weir` in the controller's namespace, for that fleet. Nobody else gets
  /// anything.
  ///
  /// @param ownedName the name of the objects that belong to a LoadBalancer of the given name
  static Authorizer byServiceAccount(String controllerNamespace, UnaryOperator<String> ownedName) {
    return (identity, group) ->
        switch (group) {
          case ProxyGroup.Fleet(var name) -> identity.is(controllerNamespace, name + "-fleet-weir");
          case ProxyGroup.Own(var namespace, var name) ->
              identity.is(namespace, ownedName.apply(name));
        };
  }
}
