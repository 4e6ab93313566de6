package dev.weir.controller.node;

/// What LoadBalancers on a node lead to: pods of the backend's image behind a Service.
final class Backend {

  private Backend() {}

  /// A Deployment and a Service, both called `web`.
  static String manifest(String namespace, int replicas) {
    return """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: %1$s}
        spec:
          replicas: %2$d
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 20
              containers:
                - name: web
                  image: weir/test-backend:dev
                  imagePullPolicy: Never
                  readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: %1$s, labels: {mine: "yes"}}
        spec:
          selector: {app: web}
          ports: [{name: http, port: 80, targetPort: 8080}]
        """
        .formatted(namespace, replicas);
  }
}
