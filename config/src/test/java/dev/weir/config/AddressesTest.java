package dev.weir.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.300",
        "10.0.1",
        "010.0.0.1",
        "1234",
        "fe80::1%eth0",
        "[::1]",
        "a",
        ":",
        ""
      })
  void whatIsNoLiteralIsNoAddress(String text) {
    assertNull(Addresses.literal(text));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.9.9.9, true",
    "::1, true",
    "0.0.0.0, true",
    "0.1.2.3, true",
    "::, true",
    "169.254.169.254, true",
    "fe80::1, true",
    "224.0.0.1, true",
    "ff02::1, true",
    "255.255.255.255, true",
    "::ffff:127.0.0.1, true",
    "::ffff:7f00:1, true",
    "10.0.0.1, false",
    "192.0.2.1, false",
    "fd00:ec2::254, true",
    "fd00:0ec2:0:0:0:0:0:254, true",
    "fd20:ce::254, true",
    "168.63.129.16, true",
    "::ffff:168.63.129.16, true",
    "fd00:ec2::253, false",
    "168.63.129.17, false",
    "fd00::1, false",
    "2001:db8::1, false"
  })
  void addressesOfTheMachineAndItsLinkAreLocal(String text, boolean local) {
    var address = Addresses.literal(text);
    assertNotNull(address);
    assertEquals(local, Addresses.isLocal(address));
  }

  @ParameterizedTest
  @CsvSource({
    "web, true",
    "web.shop.svc.cluster.local, true",
    "web.example.com., true",
    "_http._tcp.example.com, true",
    "1.2.3.example, true",
    "10.0.0.300, false",
    "a..b, false",
    "-a, false",
    "a-, false",
    "1234, false"
  })
  void namesAreLabelsAndDoNotEndInANumber(String text, boolean name) {
    assertEquals(name, Addresses.isDnsName(text));
  }

  @ParameterizedTest
  @CsvSource({"localhost, true", "a.LocalHost., true", "localhost.example.com, false"})
  void localhostIsLocalWithoutAResolver(String text, boolean local) {
    assertEquals(local, Addresses.isLocalName(text));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, true",
    "10.0.0.1/32, true",
    "fd00::/8, true",
    "::/128, true",
    "10.0.0.0/33, false",
    "fd00::/129, false",
    "10.0.0.0, false",
    "10.0.0/8, false",
    "web/8, false",
    "10.0.0.0/, false",
    "10.0.0.0/-1, false"
  })
  void networksHaveALiteralAndALength(String text, boolean network) {
    assertEquals(network, Addresses.isNetwork(text));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "fd00:0:0:0:0:0:0:1, fd00::1",
    "0:0:0:0:0:0:0:0, ::",
    "::1, ::1",
    "FD00::, fd00::",
    "2001:db8:0:1:0:0:0:1, 2001:db8:0:1::1",
    "2001:0:0:1:0:0:1:1, 2001::1:0:0:1:1",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7"
  })
  void literalsHaveOneShortForm(String text, String form) {
    var address = Addresses.literal(text);
    assertNotNull(address);
    assertEquals(form, Addresses.text(address));
  }

  @Test
  void aLabelOf64LettersIsTooLong() {
    assertEquals(true, Addresses.isDnsName("a".repeat(63) + ".example"));
    assertEquals(false, Addresses.isDnsName("a".repeat(64) + ".example"));
  }
}
