package dev.weir.config.haproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTextTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "*:80 | 0.0.0.0 80",
        ":80 | 0.0.0.0 80",
        "0.0.0.0:80 | 0.0.0.0 80",
        "ipv4@:80 | 0.0.0.0 80",
        "ipv4@*:80 | 0.0.0.0 80",
        "ipv6@:80 | :: 80",
        "[::]:80 | :: 80",
        ":::80 | :: 80",
        "::1:80 | ::1 80",
        "[2001:db8::1]:80 | 2001:db8::1 80",
        "192.0.2.1:80 | 192.0.2.1 80",
        ":80,:81 | 0.0.0.0 80, 0.0.0.0 81",
        ":80,192.0.2.1:90-92 | 0.0.0.0 80, 192.0.2.1 90, 192.0.2.1 91, 192.0.2.1 92",
        "*:8000-8000 | 0.0.0.0 8000",
        "/run/x.sock | unix:/run/x.sock 0",
        "unix@/run/x.sock,:80 | unix:/run/x.sock 0, 0.0.0.0 80",
      })
  void bindsAreListsOfAddressesAndPorts(String text, String wanted) throws Exception {
    assertEquals(
        wanted,
        AddressText.bind(text, new BindOptions(), 1).stream()
            .map(bind -> bind.address() + " " + bind.port())
            .collect(Collectors.joining(", ")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "* | has no port",
        "80 | has no port",
        "[::] | has no port",
        "*: | has no port",
        ":80, | has no port",
        ":0 | is not in 1 to 65535",
        ":70000 | is not in 1 to 65535",
        ":http | is not a whole number",
        ":94-93 | not a range of ports",
        ":1-65 | at most 64",
        ":5- | is not a whole number",
        "localhost:80 | is not an IP address",
        "$HOST:80 | inside double quotes",
        "224.0.0.1:80 | cannot be listened on",
        "ipv4@::1:80 | not an address of that family",
        "unix@run/x.sock | has no absolute path",
        "/run//x.sock | superfluous slash",
        "abns@x | abstract socket",
        "abnsz@x | abstract socket",
        "fd@3 | 'fd@'",
        "quic4@:443 | 'quic4@'",
      })
  void otherBindsAreRefused(String text, String message) {
    var refusal = assertThrows(Refusal.class, () -> AddressText.bind(text, new BindOptions(), 1));
    assertTrue(refusal.text().contains(message), refusal.text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "192.0.2.1:80 | 192.0.2.1 80",
        "web:80 | web 80",
        "web_1.internal:8080 | web_1.internal 8080",
        "[::1]:80 | ::1 80",
        "2001:db8::1:80 | 2001:db8::1 80",
        "ipv4@192.0.2.1:80 | 192.0.2.1 80",
        "ipv6@[2001:db8::1]:80 | 2001:db8::1 80",
        "unix@/run/x | unix:/run/x 0",
        "/run/x | unix:/run/x 0",
      })
  void serversAreAnAddressOrANameAndAPort(String text, String wanted) throws Exception {
    var target = AddressText.server(text);
    assertEquals(wanted, target.host() + " " + target.port());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "192.0.2.1 | has no port",
        "web | has no port",
        "192.0.2.1:+1 | counts from the port",
        "192.0.2.1:-1 | counts from the port",
        "*:80 | the client wanted to reach",
        ":80 | the client wanted to reach",
        "0.0.0.0:80 | the client wanted to reach",
        "10.0.0.300:80 | neither an IP address nor a host name",
        "a b:80 | neither an IP address nor a host name",
        "192.0.2.1:80-90 | is not a whole number",
        "ipv4@web:80 | remove 'ipv4@'",
        "ipv6@192.0.2.1:80 | not an address of that family",
        "unix@x | has no absolute path",
        "abns@x | abstract socket",
      })
  void otherServersAreRefused(String text, String message) {
    var refusal = assertThrows(Refusal.class, () -> AddressText.server(text));
    assertTrue(refusal.text().contains(message), refusal.text());
  }
}
