package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
  private static final Tokenizer TOKENIZER =
      new Tokenizer(Map.of("HOST", "example", "LIST", "a b\tc", "EMPTY", "", "_x9", "nine"));

  private static List<String> words(String line) throws Refusal {
    return TOKENIZER.words(line);
  }

  @Test
  void blanksAndTabsSplitWords() throws Exception {
    assertEquals(List.of("bind", "*:80", "name", "x"), words("  bind\t*:80   name x \t"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "\t", "# comment", "   # comment", "\r", "  \r"})
  void emptyLinesAndCommentsHaveNoWords(String line) throws Exception {
    assertEquals(List.of(), words(line));
  }

  @Test
  void aHashStartsACommentEvenGluedToAWord() throws Exception {
    assertEquals(List.of("bind", ":80"), words("bind :80#comment"));
    assertEquals(List.of("a#b", "c#d", "e#f"), words("'a#b' \"c#d\" e\\#f"));
  }

  @Test
  void aCarriageReturnEndsTheLine() throws Exception {
    assertEquals(List.of("mode", "http"), words("mode http\r"));
  }

  @Test
  void strongQuotesTakeEverythingAsItIs() throws Exception {
    assertEquals(List.of("$HOST \\n \"#"), words("'$HOST \\n \"#'"));
  }

  @Test
  void weakQuotesKnowEscapesAndVariables() throws Exception {
    assertEquals(
        List.of("it's \"example\" $HOST \\ #"), words("\"it's \\\"$HOST\\\" \\$HOST \\\\ #\""));
  }

  @Test
  void quotesAreGluedToWhatIsAroundThem() throws Exception {
    assertEquals(List.of("abcd", ""), words("a'b'\"c\"d ''"));
  }

  @Test
  void escapesWorkOutsideQuotes() throws Exception {
    assertEquals(
        List.of("a b", "#", "\\", "'", "\"", "\n\r\t", "A"),
        words("a\\ b \\# \\\\ \\' \\\" \\n\\r\\t \\x41"));
    assertEquals(List.of("é"), words("\\xc3\\xa9"));
  }

  @Test
  void anUnknownEscapeKeepsItsBackslash() throws Exception {
    assertEquals(List.of("\\q", "\\$HOST"), words("\\q \\$HOST"));
  }

  @ParameterizedTest
  @CsvSource({
    "$HOST,example",
    "${HOST},example",
    "x$HOST-y,xexample-y",
    "$_x9,nine",
    "${NONE-other},other",
    "${NONE-},''",
    "${EMPTY-other},''",
    "${HOST-other},example",
  })
  void variablesAreReplacedInsideDoubleQuotes(String text, String wanted) throws Exception {
    assertEquals(List.of(wanted), words("\"" + text + "\""));
  }

  @Test
  void variablesStayOutsideDoubleQuotes() throws Exception {
    assertEquals(List.of("$HOST", "${HOST}"), words("$HOST ${HOST}"));
  }

  @Test
  void addressesHaveTheirVariablesReplacedAnyhow() throws Exception {
    assertEquals("example:80", TOKENIZER.expand("${HOST}:80"));
    assertEquals("x:80", TOKENIZER.expand("x:80"));
  }

  @Test
  void aListBecomesSeveralWords() throws Exception {
    assertEquals(List.of("xa", "b", "cy"), words("\"x${LIST[*]}y\""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "\"open | the quote \" is not closed; it opens at column 1",
        "a 'open | the quote ' is not closed; it opens at column 3",
        "a \\ | no continuation of lines; remove the '\\' at column 3",
        "\\x4 | two hexadecimal digits at column 1",
        "\\xzz | two hexadecimal digits at column 1",
        "\"$\" | must be followed by the name of an environment variable at column 2",
        "\"${HOST\" | is not closed by '}' at column 2",
        "\"${1x}\" | must be followed by the name of an environment variable",
        "\"${HOST:-x}\" | is not closed by '}'",
        "\"$NONE\" | the environment variable NONE is not set",
        "\"${NONE}\" | write \"${NONE-a default}\"",
        "\\x00 | NUL",
      })
  void whatIsWrongIsSaid(String line, String message) {
    var refusal = assertThrows(Refusal.class, () -> words(line));
    assertTrue(refusal.text().contains(message), refusal.text());
  }
}
