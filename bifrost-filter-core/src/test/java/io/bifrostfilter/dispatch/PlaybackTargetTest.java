package io.bifrostfilter.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Origin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import org.junit.jupiter.api.Test;

class PlaybackTargetTest {

  private static final Origin HERE = new Origin("here", false, "127.0.0.2", 8080);
  private static final Origin ELSEWHERE = new Origin("elsewhere", false, "10.1.2.3", 8080);

  @Test
  void aDerivedTargetIsWhereTheFirstRequestCameIn() {
    var target = new PlaybackTarget("here", null);
    assertThat(target.isKnown()).isFalse();
    assertThat(target.of(ELSEWHERE)).isEmpty();

    target.learn(HERE);

    assertThat(target.isKnown()).isTrue();
    assertThat(target.of(ELSEWHERE).orElseThrow().host()).isEqualTo("127.0.0.2");
  }

  @Test
  void aConfiguredTargetIsReadyOnceSomebodyListensThere() throws IOException {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
      assertThat(knownOnceLookedAt(port)).isTrue();
    }
    assertThat(knownOnceLookedAt(port)).isFalse();
  }

  @Test
  void aConfiguredTargetIsReadyOnceARequestHasComeInAndIsWhatItWas() {
    var target = new PlaybackTarget("here", uri(1));
    target.learn(HERE);

    assertThat(target.isKnown()).isTrue();
    assertThat(target.of(HERE).orElseThrow().port()).isEqualTo(1);
    assertThat(target.of(ELSEWHERE).orElseThrow().port()).isEqualTo(1);
  }

  private static boolean knownOnceLookedAt(int port) {
    var target = new PlaybackTarget("here", uri(port));
    assertThat(target.isKnown()).isFalse();
    target.look();
    return target.isKnown();
  }

  private static URI uri(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }
}
