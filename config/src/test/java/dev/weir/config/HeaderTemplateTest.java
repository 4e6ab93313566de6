package dev.weir.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.config.HeaderTemplate.InvalidTemplateException;
import dev.weir.config.HeaderTemplate.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTemplateTest {
  @Test
  void aValueIsTextAndVariables() throws Exception {
    assertEquals(
        List.of(
            new Part.Text("50% "),
            new Part.Variable(HeaderVariable.CLIENT_ADDRESS),
            new Part.Variable(HeaderVariable.REQUEST_ID),
            new Part.Text("{}%{listener}\té")),
        HeaderTemplate.parse("50%% %{client.address}%{request.id}{}%%{listener}\té").parts());
    assertEquals(List.of(), HeaderTemplate.parse("").parts());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "% | '%' stands alone in '%'",
        "100% | '%' stands alone",
        "a%b | '%' stands alone",
        "%{listener | '%' stands alone",
        "%%%{x | '%' stands alone",
        "%{} | there is no variable %{}",
        "%{Listener} | there is no variable %{Listener}; there are %{client.address}",
      })
  void whatIsNoTemplateIsRefused(String value, String problem) {
    var e = assertThrows(InvalidTemplateException.class, () -> HeaderTemplate.parse(value));
    assertTrue(e.problem().startsWith(problem), e.problem());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nX-B: c", "a\nb", "\u0000", "a\u007f", "a\u001bb"})
  void controlCharactersAreRefused(String value) {
    var e = assertThrows(InvalidTemplateException.class, () -> HeaderTemplate.parse(value));
    assertTrue(e.problem().startsWith("there is a control character"), e.problem());
  }

  @Test
  void aLiteralStandsForItself() throws Exception {
    var text = "100% %{listener} %%";
    assertEquals(
        List.of(new Part.Text(text)), HeaderTemplate.parse(HeaderTemplate.literal(text)).parts());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length", "TRANSFER-ENCODING", "connection", "Keep-Alive", "TE", "Trailer",
        "Upgrade", "HTTP2-Settings", "Proxy-Authorization", "proxy-connection", "Host", "expect",
        "", "a b", "a:", "é", "a\r\n", "a\t"
      })
  void aNameThatIsNotForEditsIsRefused(String name) {
    var found = new ArrayList<String>();
    HeaderEditsCheck.check(
        new HeaderEditsConfig(List.of(), List.of(), List.of(name)),
        (path, rule, message) -> found.add(path + " " + rule));
    assertEquals(List.of("remove[" + name + "] HeaderRefused"), found);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Proxy", "Proxy-Status", "X-Forwarded-For", "Date", "Server", "X_A"})
  void otherNamesAreTaken(String name) {
    assertEquals(null, HeaderNames.refusal(name));
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce() {
    var many =
        IntStream.range(0, 17).mapToObj(i -> new HeaderEditsConfig.Field("X-" + i, "%")).toList();
    var found = new ArrayList<String>();
    HeaderEditsCheck.check(
        new HeaderEditsConfig(many, many, List.of("Host")),
        (path, rule, message) -> found.add(rule));
    assertEquals(2 * (1 + 17) + 1, found.size());
  }
}
