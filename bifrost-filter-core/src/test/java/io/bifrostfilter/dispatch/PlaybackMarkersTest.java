package io.bifrostfilter.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.MovableClock;
import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Playback;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes a playback a playback, and nothing else one. */
class PlaybackMarkersTest {

  private static final String PATH = "/v1/chat/completions?a=b";
  private static final UUID JOB = UUID.fromString("1e89b165-d4fe-49e8-beb2-3e157f2df02f");
  private static final Caller CALLER = new Caller("192.0.2.1", "client.example", 50_000);

  private final MovableClock clock = new MovableClock(Instant.parse("2026-02-19T08:10:17.831Z"));
  private static final String OLD = "b2xkLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMtISE=";
  private static final String NEW = "bmV3LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMtISE=";

  private final PlaybackMarkers markers = PlaybackMarkers.withRandomKey(clock);

  @Test
  void aMarkerNamesTheJobAndItsCaller() {
    assertThat(markers.redeem(issue(), PATH)).contains(new Playback(JOB, CALLER));
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8::7,2001:db8::7,65535",
    "fe80::1%eth0,fe80::1%eth0,0",
    "192.0.2.1,größe.example,1",
    "'','',0"
  })
  void anyCallerComesBackAsItWas(String address, String host, int port) {
    var caller = new Caller(address, host, port);

    assertThat(markers.redeem(markers.issue(JOB, caller, PATH), PATH))
        .contains(new Playback(JOB, caller));
  }

  @Test
  void aMarkerFitsIntoAHeader() {
    assertThat(issue()).matches("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");
  }

  @Test
  void aMarkerIsWorthSomethingOnce() {
    String marker = issue();
    markers.redeem(marker, PATH);

    assertThat(markers.redeem(marker, PATH)).isEmpty();
  }

  @Test
  void twoMarkersOfOneJobAreWorthSomethingEach() {
    String one = issue();
    String other = issue();

    assertThat(one).isNotEqualTo(other);
    assertThat(markers.redeem(one, PATH)).isPresent();
    assertThat(markers.redeem(other, PATH)).isPresent();
  }

  @RepeatedTest(20)
  void aMarkerIsWorthSomethingOnceHoweverManyTryIt() throws Exception {
    String marker = issue();
    var start = new CyclicBarrier(4);
    var threads = Executors.newFixedThreadPool(4);
    try {
      Callable<Optional<Playback>> redeem =
          () -> {
            start.await(30, TimeUnit.SECONDS);
            return markers.redeem(marker, PATH);
          };
      var results = new ArrayList<Optional<Playback>>();
      for (Future<Optional<Playback>> each :
          threads.invokeAll(List.of(redeem, redeem, redeem, redeem))) {
        results.add(each.get());
      }
      assertThat(results.stream().flatMap(Optional::stream)).hasSize(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/chat/completions",
        "/v1/chat/completions?a=c",
        "/v1/chat/completions?a=b&",
        "/v1/Chat/completions?a=b",
        "/",
        ""
      })
  void aMarkerIsWorthNothingOnAnotherPath(String path) {
    assertThat(markers.redeem(issue(), path)).isEmpty();
  }

  @Test
  void aTryOnAnotherPathDoesNotUseAMarkerUp() {
    String marker = issue();
    markers.redeem(marker, "/");

    assertThat(markers.redeem(marker, PATH)).isPresent();
  }

  @Test
  void aMarkerIsValidUntilItExpires() {
    String marker = issue();
    clock.advance(Duration.ofMinutes(1).minusMillis(1));

    assertThat(markers.redeem(marker, PATH)).isPresent();
  }

  @Test
  void aMarkerIsWorthNothingFromTheInstantOnWhenItExpires() {
    String marker = issue();
    clock.advance(Duration.ofMinutes(1));

    assertThat(markers.redeem(marker, PATH)).isEmpty();
  }

  @Test
  void aMarkerOfAnotherProcessIsWorthNothing() {
    PlaybackMarkers others = PlaybackMarkers.withRandomKey(clock);

    assertThat(markers.redeem(others.issue(JOB, CALLER, PATH), PATH)).isEmpty();
  }

  @Test
  void aMarkerOfAnotherProcessCountsWhereTheKeysAreShared() {
    PlaybackMarkers rotated = PlaybackMarkers.sharing(Keyring.parse(NEW + "," + OLD), clock);
    PlaybackMarkers notYet = PlaybackMarkers.sharing(Keyring.parse(OLD + "," + NEW), clock);
    PlaybackMarkers stranger = PlaybackMarkers.sharing(Keyring.parse(OLD), clock);

    assertThat(notYet.redeem(rotated.issue(JOB, CALLER, PATH), PATH)).isPresent();
    assertThat(rotated.redeem(notYet.issue(JOB, CALLER, PATH), PATH)).isPresent();
    assertThat(stranger.redeem(rotated.issue(JOB, CALLER, PATH), PATH)).isEmpty();
  }

  @Test
  void aMarkerOfAnotherProcessIsWorthSomethingOnce() {
    PlaybackMarkers one = PlaybackMarkers.sharing(Keyring.parse(NEW), clock);
    PlaybackMarkers other = PlaybackMarkers.sharing(Keyring.parse(NEW), clock);
    String marker = one.issue(JOB, CALLER, PATH);

    assertThat(other.redeem(marker, PATH)).isPresent();
    assertThat(other.redeem(marker, PATH)).isEmpty();
  }

  @Test
  void aMarkerMayHaveArrivedOnceItHasComeBackOrIsNoLongerValid() {
    String back = issue();
    String lost = issue();
    markers.redeem(back, PATH);

    assertThat(markers.mayHaveArrived(back)).isTrue();
    assertThat(markers.mayHaveArrived(lost)).isFalse();
    clock.advance(Duration.ofMinutes(1));
    assertThat(markers.mayHaveArrived(lost)).isTrue();
  }

  @Test
  void aMarkerThatAnybodyCouldMakeIsWorthNothing() {
    PlaybackMarkers one = PlaybackMarkers.sharing(Keyring.parse("none"), clock);
    PlaybackMarkers other = PlaybackMarkers.sharing(Keyring.parse("none"), clock);

    assertThat(other.redeem(one.issue(JOB, CALLER, PATH), PATH)).isEmpty();
    assertThat(one.redeem(one.issue(JOB, CALLER, PATH), PATH)).isPresent();
  }

  @Test
  void aMarkerIsWorthNothingWithAnyCharacterChanged() {
    String marker = issue();
    for (int i = 0; i < marker.length(); i++) {
      for (char other : new char[] {'A', 'b', '.', '~', ' ', 'é'}) {
        if (marker.charAt(i) != other) {
          String tampered = marker.substring(0, i) + other + marker.substring(i + 1);
          assertThat(markers.redeem(tampered, PATH)).as(tampered).isEmpty();
        }
      }
    }
    assertThat(markers.redeem(marker, PATH)).isPresent();
  }

  @Test
  void aMarkerIsWorthNothingWithAnythingMissingOrAdded() {
    String marker = issue();
    for (int i = 0; i < marker.length(); i++) {
      assertThat(markers.redeem(marker.substring(0, i), PATH)).isEmpty();
      assertThat(markers.redeem(marker.substring(i + 1), PATH)).isEmpty();
    }
    for (String more : List.of(" ", "=", ".", "A", "\n", "\0")) {
      assertThat(markers.redeem(marker + more, PATH)).isEmpty();
      assertThat(markers.redeem(more + marker, PATH)).isEmpty();
    }
    assertThat(markers.redeem(marker, PATH)).isPresent();
  }

  @Test
  void theSignatureOfOneMarkerIsWorthNothingUnderAnother() {
    String one = issue();
    String other = issue();
    String mixed = one.substring(0, one.indexOf('.')) + other.substring(other.indexOf('.'));

    assertThat(markers.redeem(mixed, PATH)).isEmpty();
  }

  @Test
  void claimsWithoutAGenuineSignatureAreWorthNothing() {
    String claims =
        JOB + "~" + UUID.randomUUID() + "~" + Long.MAX_VALUE + "~192.0.2.1~client.example~1";
    String encoded =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(claims.getBytes(StandardCharsets.UTF_8));
    String genuine = issue();

    for (String signature : List.of("", "AAAA", genuine.substring(genuine.indexOf('.') + 1))) {
      assertThat(markers.redeem(encoded + "." + signature, PATH)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "...",
        "a.b",
        ".a",
        "a.",
        "~",
        "~~~~~.",
        "\0.\0",
        "=.=",
        "true",
        "%%%.%%%",
        "\ud800.\udc00",
        "ä.ö",
        " . ",
        "\r\n.\r\n"
      })
  void garbageIsWorthNothingAndNoError(String garbage) {
    assertThat(markers.redeem(garbage, PATH)).isEmpty();
    assertThat(markers.redeem(garbage, garbage)).isEmpty();
  }

  @Test
  void randomGarbageIsWorthNothingAndNoError() {
    var random = new Random(42);
    for (int i = 0; i < 2_000; i++) {
      var text = new StringBuilder();
      for (int length = random.nextInt(200); length > 0; length--) {
        text.append(random.nextInt(10) == 0 ? '.' : (char) random.nextInt(0x3000));
      }
      assertThat(markers.redeem(text.toString(), PATH)).isEmpty();
    }
    assertThat(markers.redeem("x".repeat(1_000_000) + ".y", PATH)).isEmpty();
  }

  @Test
  void noTwoMarkersAreTheSame() {
    var seen = new HashSet<String>();
    for (int i = 0; i < 1_000; i++) {
      assertThat(seen.add(issue())).isTrue();
    }
  }

  private String issue() {
    return markers.issue(JOB, CALLER, PATH);
  }
}
