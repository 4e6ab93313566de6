package dev.weir.proxy.edit;

import dev.weir.config.HeaderVariable;
import dev.weir.proxy.message.Ascii;
import dev.weir.proxy.message.Field;
import dev.weir.proxy.message.MessageHead;
import io.netty.buffer.ByteBuf;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What is changed in the head of every request, or of every response, that takes one way through a
/// configuration: the net effect of the edits of its listener, route and pool. Immutable.
///
/// Dropped fields are marked in the head, so that what is left is still copied in spans; added ones
/// are bytes that were made once, interrupted by variables.
public final class HeaderEdits {
  private final byte[][][] names;
  private final Set<Field> known = EnumSet.noneOf(Field.class);
  private final byte[][] texts;
  private final HeaderVariable[] variables;
  private final int size;

  /// @param dropped names in lower case with `-` for `_`; each once
  /// @param texts what stands before, between and behind the variables; one more than those
  HeaderEdits(Set<String> dropped, List<byte[]> texts, List<HeaderVariable> variables) {
    int longest = dropped.stream().mapToInt(String::length).max().orElse(0);
    this.names = new byte[longest + 1][][];
    for (int length = 0; length <= longest; length++) {
      int wanted = length;
      byte[][] same =
          dropped.stream()
              .filter(name -> name.length() == wanted)
              .map(Ascii::bytes)
              .toArray(byte[][]::new);
      names[length] = same;
      for (byte[] name : same) {
        known.add(Field.of(name, 0, name.length));
      }
    }
    known.remove(Field.OTHER);
    this.texts = texts.toArray(byte[][]::new);
    this.variables = variables.toArray(HeaderVariable[]::new);
    this.size =
        texts.stream().mapToInt(text -> text.length).sum()
            + variables.size() * RequestFacts.LONGEST;
  }

  /// How many bytes are added at most; more is no error but costs a copy.
  public int size() {
    return size;
  }

  /// Whether fields of that kind go, those included that this hop would write.
  public boolean drops(Field field) {
    return known.contains(field);
  }

  /// Marks the fields that go, all of a name. To be called before the fields are copied; calling it
  /// again changes nothing.
  public void drop(MessageHead head) {
    byte[] bytes = head.bytes();
    int count = head.fields();
    for (int i = 0; i < count; i++) {
      int start = head.nameStart(i);
      int length = head.nameEnd(i) - start;
      if (length < names.length) {
        for (byte[] name : names[length]) {
          if (matches(bytes, start, name)) {
            head.drop(i);
            break;
          }
        }
      }
    }
  }

  /// Many origins read `-` and `_` in names alike, so that a client could bring back what is
  /// dropped under its other spelling.
  private static boolean matches(byte[] bytes, int start, byte[] name) {
    for (int i = 0; i < name.length; i++) {
      int b = Ascii.lower(bytes[start + i]);
      if (name[i] != (b == '_' ? '-' : b)) {
        return false;
      }
    }
    return true;
  }

  /// Writes the fields that are added. To be called behind all others.
  public void write(RequestFacts facts, ByteBuf out) {
    out.writeBytes(texts[0]);
    for (int i = 0; i < variables.length; i++) {
      facts.write(variables[i], out);
      out.writeBytes(texts[i + 1]);
    }
  }
}
