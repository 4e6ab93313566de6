package dev.weir.controller.gather;

import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.weir.api.v1alpha1.FleetRef;
import dev.weir.api.v1alpha1.LoadBalancerSpec;
import dev.weir.api.v1alpha1.LoadBalancerStatus;
import dev.weir.config.render.LoadBalancerResource;
import dev.weir.config.render.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads LoadBalancers one by one and strictly: one that a newer CRD let in and this controller
/// does not understand concerns itself only, and no field of it is ignored. Pure.
final class LoadBalancerReader {
  private static final ObjectMapper STRICT = new ObjectMapper();
  private static final LoadBalancerSpec EMPTY =
      new LoadBalancerSpec(null, null, List.of(), null, null, null);

  private LoadBalancerReader() {}

  /// Reads what may have changed: of a spec that was read before there is one record, however often
  /// others write the status.
  ///
  /// @param before how it was last seen; null for one that is new
  static Observed read(GenericKubernetesResource object, @Nullable Observed before) {
    Long generation = object.getMetadata().getGeneration();
    return before != null
            && generation != null
            && generation == before.generation()
            && before.uid().equals(object.getMetadata().getUid())
        ? new Observed(
            before.resource(),
            before.uid(),
            before.generation(),
            status(object),
            before.unreadable())
        : read(object);
  }

  static Observed read(GenericKubernetesResource object) {
    Object document = object.getAdditionalProperties().get("spec");
    LoadBalancerSpec spec = EMPTY;
    Problem unreadable = null;
    try {
      spec = Objects.requireNonNullElse(convert(document, LoadBalancerSpec.class), EMPTY);
    } catch (IllegalArgumentException e) {
      unreadable = problem(e);
      spec = new LoadBalancerSpec(fleet(document), null, List.of(), null, null, null);
    }
    String created = object.getMetadata().getCreationTimestamp();
    Long generation = object.getMetadata().getGeneration();
    return new Observed(
        new LoadBalancerResource(
            Views.name(object), created == null ? null : Instant.parse(created), spec),
        Objects.requireNonNullElse(object.getMetadata().getUid(), ""),
        generation == null ? 0 : generation,
        status(object),
        unreadable);
  }

  private static <T> @Nullable T convert(@Nullable Object document, Class<T> type) {
    return STRICT.convertValue(document, type);
  }

  /// Null when it cannot be read: then it is written anew.
  private static @Nullable LoadBalancerStatus status(GenericKubernetesResource object) {
    try {
      return convert(object.getAdditionalProperties().get("status"), LoadBalancerStatus.class);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static @Nullable FleetRef fleet(@Nullable Object spec) {
    return spec instanceof Map<?, ?> fields
            && fields.get("fleetRef") instanceof Map<?, ?> ref
            && ref.get("name") instanceof String name
        ? new FleetRef(name)
        : null;
  }

  private static Problem problem(IllegalArgumentException e) {
    StringBuilder path = new StringBuilder("spec");
    String message = "this controller cannot read it; it may be older than the CRD";
    if (e.getCause() instanceof JsonMappingException wrong) {
      for (JsonMappingException.Reference step : wrong.getPath()) {
        if (step.getFieldName() != null) {
          path.append('.').append(step.getFieldName());
        } else {
          path.append('[').append(step.getIndex()).append(']');
        }
      }
      message =
          wrong instanceof UnrecognizedPropertyException
              ? "this controller does not know the field; it may be older than the CRD"
              : "this controller does not know the value (%s); it may be older than the CRD"
                  .formatted(wrong.getOriginalMessage());
    }
    return new Problem(Problem.Condition.Accepted, "Unsupported", path.toString(), message, true);
  }
}
