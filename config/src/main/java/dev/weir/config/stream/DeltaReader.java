package dev.weir.config.stream;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts the frames from `begin` to `commit` together and checks that they add up. Not thread-safe.
public final class DeltaReader {
  /// The most resources that one proxy takes.
  public static final int MAX_RESOURCES = 500_000;

  private Frame.@Nullable Begin begin;
  private final List<Resource> upserts = new ArrayList<>();
  private final List<ResourceKey> removes = new ArrayList<>();

  /// Starts a delta.
  ///
  /// @param seen the highest version that this proxy has followed; null when there is none
  public void begin(Frame.Begin frame, @Nullable Version seen) throws InvalidFrameException {
    require(begin == null, "begin inside a delta");
    require(
        frame.upserts() <= MAX_RESOURCES && frame.removes() <= MAX_RESOURCES,
        "a delta of more than " + MAX_RESOURCES + " resources");
    if (seen != null && !frame.version().mayFollow(seen)) {
      throw new InvalidFrameException(
          "version "
              + frame.version().label()
              + " comes from a controller that was replaced: this proxy follows "
              + seen.label());
    }
    begin = frame;
  }

  /// Takes a resource in.
  public void upsert(Frame.Upsert frame) throws InvalidFrameException {
    Frame.Begin open = open();
    require(upserts.size() < open.upserts(), "more upserts than begin says");
    require(
        open.lane() == SnapshotDelta.Lane.All
            || frame.resource().key().type() == ResourceType.Endpoints,
        "the endpoints lane carries endpoints only");
    upserts.add(frame.resource());
  }

  /// Takes a resource out.
  public void remove(Frame.Remove frame) throws InvalidFrameException {
    Frame.Begin open = open();
    require(removes.size() < open.removes(), "more removes than begin says");
    removes.add(new ResourceKey(frame.type(), frame.name()));
  }

  /// Ends the delta.
  ///
  /// @param base what it changes
  /// @return the whole set at the version of the commit
  public Snapshot commit(Frame.Commit frame, Resources base) throws InvalidFrameException {
    Frame.Begin open = open();
    require(open.version().equals(frame.version()), "commit of another version than begin");
    require(
        upserts.size() == open.upserts() && removes.size() == open.removes(),
        "fewer upserts or removes than begin says");
    var delta = new SnapshotDelta(frame.version(), frame.digest(), upserts, removes);
    Snapshot result = new Snapshot(frame.version(), base).plus(delta);
    require(
        result.digest().equals(frame.digest()),
        "the digest after the delta is " + result.digest() + ", not " + frame.digest());
    require(
        result.resources().size() <= MAX_RESOURCES, "more than " + MAX_RESOURCES + " resources");
    reset();
    return result;
  }

  /// Forgets a delta that will not end.
  public void reset() {
    begin = null;
    upserts.clear();
    removes.clear();
  }

  private Frame.Begin open() throws InvalidFrameException {
    if (begin == null) {
      throw new InvalidFrameException("upsert, remove or commit without begin");
    }
    return begin;
  }

  private static void require(boolean condition, String problem) throws InvalidFrameException {
    if (!condition) {
      throw new InvalidFrameException(problem);
    }
  }
}
