package dev.weir.config.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.CertificateConfig;
import dev.weir.config.Credentials;
import dev.weir.config.EndpointsConfig;
import dev.weir.config.TrustConfig;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourcesTest {
  private static final Version VERSION = new Version("lease", 1, 0, 1);

  static Resource resource(ResourceType type, String name, String body) {
    return Resource.of(new ResourceKey(type, name), body.getBytes(UTF_8));
  }

  private static Resource random(Random random, int names) {
    String name = "ns/lb-" + random.nextInt(names);
    return random.nextBoolean()
        ? resource(ResourceType.LoadBalancer, name, "body " + random.nextInt(4))
        : resource(
            ResourceType.Endpoints, name + "/p" + random.nextInt(3), "e " + random.nextInt(4));
  }

  private static EndpointsConfig endpoints(String pool, int weight) {
    var endpoint =
        new EndpointsConfig.Endpoint(
            "192.0.2.1", 80, weight, 0, EndpointsConfig.State.Ready, 0, true, null, null);
    return new EndpointsConfig(pool, List.of(endpoint));
  }

  @Test
  void whatWasNeverWrittenIsWhatItWouldBeWritten() {
    var written = Resource.of(endpoints("ns/lb/web", 1));
    var local = Resource.local(endpoints("ns/lb/web", 1));
    var other = Resource.local(endpoints("ns/lb/web", 2));
    var api = Resource.local(endpoints("ns/lb/api", 1));
    assertEquals(Resource.local(endpoints("ns/lb/web", 1)), local);
    assertEquals(written.hashCode(), local.hashCode());
    assertNotEquals(other, local);
    var changed = Resources.of(List.of(api, other)).with(local).without(api.key());
    assertEquals(Resources.of(List.of(written)).digest(), changed.digest());
    assertEquals(written, local);
    assertEquals(local, written);
    assertNotEquals(written, other);
    var back = changed.with(other);
    assertEquals(Resources.of(List.of(Resource.of(endpoints("ns/lb/web", 2)))), back);
    assertEquals(Set.of("ns/lb"), SnapshotDiff.loadBalancers(changed, back));
    assertEquals(Set.of(), SnapshotDiff.loadBalancers(changed, Resources.of(List.of(written))));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void anyHistoryOfChangesGivesTheSetAndTheDigestOfItsMembers(long seed) {
    var random = new Random(seed);
    var model = new TreeMap<ResourceKey, Resource>();
    var resources = Resources.EMPTY;
    for (int i = 0; i < 2_000; i++) {
      Resource next = random(random, 50);
      if (random.nextInt(3) == 0) {
        model.remove(next.key());
        resources = resources.without(next.key());
      } else {
        model.put(next.key(), next);
        resources = resources.with(next);
      }
      assertEquals(model.size(), resources.size());
      assertEquals(model.get(next.key()), resources.get(next.key()));
    }
    assertEquals(List.copyOf(model.values()), listOf(resources));
    var shuffled = new ArrayList<>(model.values());
    Collections.shuffle(shuffled, random);
    assertEquals(Resources.of(shuffled).digest(), resources.digest());
    assertEquals(reference(model), resources.digest().hex());
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15})
  void theDifferenceTurnsAnySetIntoAnyOther(long seed) {
    var random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      Resources from = randomSet(random);
      Resources to = random.nextBoolean() ? randomSet(random) : changed(from, random);
      var wanted = new Snapshot(VERSION, to);
      SnapshotDelta delta = SnapshotDiff.between(from, wanted);
      assertEquals(to.digest(), delta.target());
      assertEquals(to.digest(), new Snapshot(new Version("", 0, 0, 0), from).plus(delta).digest());
      for (Resource upsert : delta.upserts()) {
        assertNotEquals(upsert, from.get(upsert.key()), "nothing is sent that is there already");
      }
      for (ResourceKey removed : delta.removes()) {
        assertNull(to.get(removed));
      }
      assertEquals(
          delta.upserts().stream().map(Resource::key).sorted().toList(),
          delta.upserts().stream().map(Resource::key).toList());
    }
  }

  @Test
  void theCostOfAChangeAndItsDifferenceDoesNotGrowWithTheSet() {
    long small = nanosPerChange(1_000);
    long large = nanosPerChange(64_000);
    assertTrue(large < small * 20, () -> small + " ns with 1000, " + large + " with 64000");
  }

  private static long nanosPerChange(int size) {
    var base = Resources.EMPTY;
    for (int i = 0; i < size; i++) {
      base = base.with(resource(ResourceType.Endpoints, "ns/lb-" + i + "/p", "x"));
    }
    long best = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < 50; i++) {
        Resources changed =
            base.with(resource(ResourceType.Endpoints, "ns/lb-" + i * 7 + "/p", "y" + round));
        assertEquals(
            1, SnapshotDiff.between(base, new Snapshot(VERSION, changed)).upserts().size());
      }
      best = Math.min(best, (System.nanoTime() - start) / 50);
    }
    return best;
  }

  @Test
  void theResourcesOfALoadBalancerAreItsOwnAndNobodyElses() {
    Resource own = resource(ResourceType.LoadBalancer, "ns/a", "1");
    Resource pool = resource(ResourceType.Endpoints, "ns/a/p", "2");
    Resource other = resource(ResourceType.Endpoints, "ns/a-b/p", "3");
    Resource third = resource(ResourceType.Endpoints, "ns/a0/p", "4");
    Resource certificate = resource(ResourceType.Certificate, "ns/a/c", "5");
    Resource trust = resource(ResourceType.Trust, "ns/a/t", "6");
    Resource foreign = resource(ResourceType.Certificate, "ns/a-b/c", "7");
    var all = Resources.of(List.of(trust, third, foreign, certificate, other, pool, own));
    assertEquals(List.of(own, pool, certificate, trust), all.ofLoadBalancer("ns/a"));
    assertEquals(List.of(), all.ofLoadBalancer("ns/b"));
    assertEquals(Digest.EMPTY, all.digestOf("ns/b"));
    assertEquals(
        Resources.of(List.of(own, pool, certificate, trust)).digest(), all.digestOf("ns/a"));
  }

  @Test
  void secretsAreInNoText() {
    var certificate = new CertificateConfig("ns/a/c", "chain", "private");
    var trust = new TrustConfig("ns/a/t", "authority", null);
    for (Object one :
        List.of(
            certificate,
            trust,
            new Credentials(List.of(certificate), List.of(trust)),
            Resource.of(certificate),
            Resource.local(certificate))) {
      assertFalse(one.toString().contains("private"), one::toString);
      assertFalse(one.toString().contains("authority"), one::toString);
    }
  }

  @Test
  void oneLoadBalancerCanBeTakenFromAnotherSet() {
    Resource kept = resource(ResourceType.LoadBalancer, "ns/kept", "1");
    var now =
        Resources.of(
            List.of(
                kept,
                resource(ResourceType.LoadBalancer, "ns/a", "new"),
                resource(ResourceType.Endpoints, "ns/a/new", "new")));
    Resource old = resource(ResourceType.LoadBalancer, "ns/a", "old");
    Resource oldPool = resource(ResourceType.Endpoints, "ns/a/old", "old");
    var before = Resources.of(List.of(old, oldPool));
    assertEquals(List.of(old, kept, oldPool), listOf(now.withLoadBalancerOf(before, "ns/a")));
    assertEquals(List.of(kept), listOf(now.withLoadBalancerOf(Resources.EMPTY, "ns/a")));
  }

  @Test
  void theExampleOfTheReferenceHolds() {
    Resource example =
        resource(ResourceType.Endpoints, "ns/web/p", "{\"pool\":\"ns/web/p\",\"endpoints\":[]}");
    assertEquals(
        "831fc6f4bc9d00571302532226b2f8fe2fbca460fcbaf90488a3b6d85ffabde7", example.hash());
    assertEquals(
        "1a2128b3f4cceadacc4cda4c87eebb585874da906336d41816440923cda51b44",
        Resources.of(List.of(example)).digest().hex());
  }

  @Test
  void whatDoesNotChangeTheSetGivesTheSameObject() {
    Resource one = resource(ResourceType.LoadBalancer, "ns/a", "1");
    var set = Resources.EMPTY.with(one);
    assertSame(set, set.with(resource(ResourceType.LoadBalancer, "ns/a", "1")));
    assertSame(set, set.without(new ResourceKey(ResourceType.LoadBalancer, "ns/b")));
    assertEquals(Digest.EMPTY, set.without(one.key()).digest());
  }

  @Test
  void aDeltaOfEndpointsOfPoolsThatStayTakesTheEndpointsLane() {
    Resource lb = resource(ResourceType.LoadBalancer, "ns/a", "1");
    Resource pool = resource(ResourceType.Endpoints, "ns/a/p", "1");
    var base = Resources.of(List.of(lb, pool));
    assertEquals(
        SnapshotDelta.Lane.Endpoints,
        lane(base, base.with(resource(ResourceType.Endpoints, "ns/a/p", "2"))));
    assertEquals(SnapshotDelta.Lane.All, lane(base, base.without(pool.key())));
    assertEquals(
        SnapshotDelta.Lane.All,
        lane(base, base.with(resource(ResourceType.LoadBalancer, "ns/a", "2"))));
  }

  @Test
  void aVersionOfAReplacedControllerIsNotFollowed() {
    var seen = new Version("uid-1", 100, 5, 9);
    assertTrue(new Version("uid-1", 100, 5, 1).mayFollow(seen), "another replica's counter");
    assertTrue(new Version("uid-1", 100, 6, 0).mayFollow(seen));
    assertTrue(!new Version("uid-1", 100, 4, 99).mayFollow(seen));
    assertTrue(new Version("uid-2", 101, 0, 0).mayFollow(seen), "a younger Lease");
    assertTrue(!new Version("uid-0", 99, 50, 0).mayFollow(seen), "an older Lease");
  }

  private static SnapshotDelta.Lane lane(Resources from, Resources to) {
    return SnapshotDiff.between(from, new Snapshot(VERSION, to)).lane();
  }

  private static Resources randomSet(Random random) {
    var set = Resources.EMPTY;
    int size = random.nextInt(60);
    for (int i = 0; i < size; i++) {
      set = set.with(random(random, 20));
    }
    return set;
  }

  private static Resources changed(Resources from, Random random) {
    Resources to = from;
    for (int i = random.nextInt(4); i >= 0; i--) {
      Resource some = random(random, 20);
      to = random.nextBoolean() ? to.with(some) : to.without(some.key());
    }
    return to;
  }

  private static List<Resource> listOf(Resources resources) {
    return StreamSupport.stream(resources.spliterator(), false).toList();
  }

  /// The definition, in big integers.
  private static String reference(TreeMap<ResourceKey, Resource> members) {
    BigInteger sum = BigInteger.ZERO;
    for (Resource r : members.values()) {
      String text = r.key().type() + "\0" + r.key().name() + "\0" + r.hash();
      try {
        sum =
            sum.add(
                new BigInteger(
                    1, MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8))));
      } catch (java.security.NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
    }
    return String.format("%064x", sum.mod(BigInteger.ONE.shiftLeft(256)));
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void digestsAddLikeNumbersModuloTwoToThe256(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      Digest x = edge(random);
      Digest y = edge(random);
      BigInteger sum =
          new BigInteger(x.hex(), 16)
              .add(new BigInteger(y.hex(), 16))
              .mod(BigInteger.ONE.shiftLeft(256));
      assertEquals(String.format("%064x", sum), x.plus(y).hex());
    }
    assertEquals(Digest.EMPTY, Digest.parse("0".repeat(64)));
  }

  /// Limbs of all zeros, all ones or anything: where carries go wrong.
  private static Digest edge(Random random) {
    var bytes = ByteBuffer.allocate(32);
    for (int i = 0; i < 4; i++) {
      bytes.putLong(
          switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 1;
            default -> random.nextLong();
          });
    }
    bytes.flip();
    return new Digest(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
  }
}
