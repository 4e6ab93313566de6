package dev.weir.api.v1alpha1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundTripTest {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().serializationInclusion(JsonInclude.Include.NON_NULL).build();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"listeners\":[{\"name\":\"http\",\"port\":80}]}",
        "{\"listeners\":[{\"name\":\"http\",\"port\":80,\"http\":{}}]}",
        "{\"listeners\":[],\"pools\":[{\"name\":\"a\",\"endpoints\":[],\"health\":{\"tcp\":{}}}]}",
        "{\"listeners\":[],\"pools\":[{\"name\":\"a\",\"serviceRef\":{\"name\":\"b\",\"port\":80}}]}",
        "{\"listeners\":[],\"pools\":[{\"name\":\"a\",\"serviceRef\":{\"name\":\"b\",\"port\":\"80\"}}]}",
        "{\"proxy\":{\"resources\":{\"requests\":{\"cpu\":1,\"memory\":\"1Gi\"}}},\"listeners\":[]}"
      })
  void absentEmptyNumberAndTextStayWhatTheyAre(String json) throws Exception {
    assertEquals(json, MAPPER.writeValueAsString(MAPPER.readValue(json, LoadBalancerSpec.class)));
    assertEquals(json, Serialization.asJson(Serialization.unmarshal(json, LoadBalancerSpec.class)));
  }

  @Test
  void aPortIsANumberOrAText() {
    assertThrows(
        JsonMappingException.class,
        () -> MAPPER.readValue("{\"name\":\"b\",\"port\":true}", ServiceRef.class));
  }
}
