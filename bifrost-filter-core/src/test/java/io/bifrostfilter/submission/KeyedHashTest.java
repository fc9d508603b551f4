package io.bifrostfilter.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Hashes outlive the process that made them, so that what they are made of must not change. */
class KeyedHashTest {

  private static final byte[] KEY =
      "a-key-of-32-bytes-for-this-test!".getBytes(StandardCharsets.UTF_8);

  private final KeyedHash hash = KeyedHash.withKey(KEY);

  @Test
  void itIsTheHmacOfThePurposeAndEachPartWithItsLength() throws Exception {
    String expected = hmac("owner\n10:credential3:abc");

    assertThat(hash.of("owner", "credential", "abc")).isEqualTo(expected);
    assertThat(hash.of("owner", List.of(Bytes.of("credential"), Bytes.of("abc"))))
        .isEqualTo(expected);
  }

  @Test
  void nothingOfOneHashIsInTheNext() throws Exception {
    for (String text : new String[] {"a", "", "a", "x".repeat(1000), "a"}) {
      assertThat(hash.of("owner", text)).isEqualTo(hmac("owner\n" + text.length() + ":" + text));
    }
  }

  @Test
  void manyThreadsHashAtOnce() throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      String text = "caller " + i;
      String expected = hmac("owner\n" + text.length() + ":" + text);
      tasks.add(
          () -> {
            assertThat(IntStream.range(0, 100).mapToObj(round -> hash.of("owner", text)))
                .containsOnly(expected);
            return null;
          });
    }
    var threads = Executors.newFixedThreadPool(8);
    try {
      for (Future<Void> done : threads.invokeAll(tasks)) {
        done.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static String hmac(String text) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
  }
}
