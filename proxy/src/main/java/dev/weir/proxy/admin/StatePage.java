package dev.weir.proxy.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.config.Violation;
import dev.weir.config.stream.Rejection;
import dev.weir.proxy.health.EndpointStatus;
import dev.weir.proxy.net.SocketAddresses;
import dev.weir.proxy.runtime.Generation;
import dev.weir.proxy.runtime.History;
import dev.weir.proxy.runtime.LiveListener;
import dev.weir.proxy.runtime.ProxyRuntime;
import dev.weir.proxy.upstream.Endpoint;
import dev.weir.proxy.upstream.Pool;
import java.util.List;

/// `/state`: what runs, as JSON. `docs/reference/proxy.md` describes it.
public final class StatePage implements Page {
  /// Made when somebody asks: a proxy that nobody asks starts without it.
  private static final class Json {
    static final ObjectMapper MAPPER = new ObjectMapper();
  }

  private final ProxyRuntime runtime;

  public StatePage(ProxyRuntime runtime) {
    this.runtime = runtime;
  }

  @Override
  public Reply get() {
    try {
      return new Reply(200, "application/json", Json.MAPPER.writeValueAsString(state()) + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values has a JSON form", e);
    }
  }

  private ObjectNode state() {
    Generation generation = runtime.generation();
    History.Counts counts = runtime.history().counts();
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    state.put("generation", generation.number());
    state.put("version", generation.live().version().label());
    state.put("digest", generation.live().digest().hex());
    state.put("stale", runtime.stale());
    state.put("ready", runtime.ready());
    state.put("zone", runtime.zone());
    state.put("applied", counts.applied());
    state.put("refused", counts.refused());
    History.Refusal last = counts.lastRefused();
    if (last == null) {
      state.putNull("lastRefused");
    } else {
      ObjectNode refusal = state.putObject("lastRefused");
      refusal.put("at", last.at().toString());
      ArrayNode problems = refusal.putArray("problems");
      last.problems().forEach(problem -> problem(problems.addObject(), problem));
    }
    ArrayNode rejected = state.putArray("rejected");
    generation.rejected().forEach(rejection -> rejection(rejected.addObject(), rejection));
    ArrayNode listeners = state.putArray("listeners");
    generation.listeners().forEach(live -> listener(listeners.addObject(), live));
    runtime.drainingBinds().stream()
        .flatMap(bind -> bind.sharing().stream())
        .filter(live -> !generation.listeners().contains(live))
        .forEach(live -> listener(listeners.addObject(), live));
    ArrayNode pools = state.putArray("pools");
    generation.pools().forEach(pool -> pool(pools.addObject(), pool));
    return state;
  }

  private static void problem(ObjectNode node, Violation violation) {
    node.put("path", violation.path());
    node.put("rule", violation.rule());
    node.put("message", violation.message());
  }

  private static void rejection(ObjectNode node, Rejection rejection) {
    node.put("loadBalancer", rejection.loadBalancer());
    node.put("rule", rejection.rule());
    node.put("path", rejection.path());
    node.put("message", rejection.message());
  }

  private static void listener(ObjectNode node, LiveListener live) {
    var listener = live.listener();
    node.put("loadBalancer", live.loadBalancer());
    node.put("name", live.config().name());
    node.put("address", listener.bind().address());
    if (!listener.bind().unix()) {
      node.put("port", listener.bind().port());
    }
    node.put("bound", listener.bound() && !listener.draining());
    node.put("error", listener.error());
    node.put("connections", listener.connections());
    node.put("draining", listener.draining());
  }

  private void pool(ObjectNode node, Pool pool) {
    node.put("name", pool.name());
    node.put("queued", pool.queued());
    ArrayNode endpoints = node.putArray("endpoints");
    pool.endpoints().all().forEach(endpoint -> endpoint(endpoints.addObject(), endpoint));
  }

  private void endpoint(ObjectNode node, Endpoint endpoint) {
    EndpointStatus status = runtime.health().status(endpoint);
    var config = endpoint.config();
    var address = endpoint.address();
    node.put("endpoint", config.authority());
    node.put("name", endpoint.name());
    node.put("address", address == null ? null : SocketAddresses.withoutPort(address));
    if (!config.unix()) {
      node.put("port", config.port());
    }
    node.put("state", config.state().name());
    node.put("healthy", status.healthy());
    node.put("reason", status.reason());
    node.put("since", status.since().toString());
    node.put("inFlight", endpoint.inFlight());
    node.put("weight", config.weight());
    node.put("tier", config.tier());
    List<String> zones = config.zones();
    if (zones != null) {
      zones.forEach(node.putArray("zones")::add);
    }
  }
}
