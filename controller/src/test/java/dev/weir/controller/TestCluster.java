package dev.weir.controller;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;

/// An API server to test against: the real one of `WEIR_TEST_KUBECONFIG`, else a mock.
interface TestCluster extends AutoCloseable {

  /// The real one when the environment names it.
  static TestCluster open() throws IOException {
    String kubeconfig = System.getenv("WEIR_TEST_KUBECONFIG");
    return kubeconfig == null || kubeconfig.isEmpty()
        ? new MockCluster()
        : new RealCluster(kubeconfig);
  }

  /// A client that may do everything.
  KubernetesClient client();

  /// A token of a ServiceAccount, which is made when there is none.
  String token(String namespace, String serviceAccount, String audience);

  /// A token of a ServiceAccount that is bound to a pod, which is made with its ServiceAccount and
  /// its node.
  ///
  /// @param zone what the node's label says
  String podToken(
      String namespace, String serviceAccount, String audience, String pod, String zone);

  /// Ends a token that is bound to a pod, before its time, by deleting the pod: one of the same
  /// name may follow.
  void end(String podToken);

  /// A node that says that it is in a zone, without a kubelet.
  default Node node(String name, String zone) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("topology.kubernetes.io/zone", zone)
        .endMetadata()
        .build();
  }

  /// Has the cluster know a kind of somebody else, whatever is in it.
  ///
  /// @param resource plural and group
  void install(String resource, String version, String kind);

  /// Where it listens.
  InetSocketAddress apiServer() throws IOException;

  /// Takes the API server away, for real where it is one; a mock is only to be kept apart by a
  /// [Gate].
  void stopApiServer() throws Exception;

  /// Brings it back, with another memory: no watch may go on from where it was, who tries is told
  /// to list anew (410).
  void startApiServer() throws Exception;

  /// From now on a mock, which cannot send what happened before somebody watches, has whoever goes
  /// on from anything but the latest version list anew (410). A real API server remembers.
  default void forget() {}

  /// Makes a namespace.
  void namespace(String name);

  /// A kubeconfig for the same, for commands that read one.
  String kubeconfig() throws IOException;

  @Override
  void close();

  /// An address of this machine that EndpointSlices may have: not loopback, if there is any other.
  /// Always the same: bridges of containers come and go meanwhile.
  static InetAddress address() {
    return Address.OWN;
  }

  /// Holds what is looked for once.
  final class Address {
    private static final InetAddress OWN = find();

    private Address() {}

    private static InetAddress find() {
      try (var networks = NetworkInterface.networkInterfaces()) {
        return networks
            .filter(Address::up)
            .sorted(Comparator.comparingInt(NetworkInterface::getIndex))
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> address instanceof Inet4Address && !address.isLinkLocalAddress())
            .findFirst()
            .orElseGet(InetAddress::getLoopbackAddress);
      } catch (SocketException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static boolean up(NetworkInterface network) {
      try {
        return network.isUp() && !network.isLoopback();
      } catch (SocketException gone) {
        return false;
      }
    }
  }
}
