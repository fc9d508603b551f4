package io.bifrostfilter.crypto;

import static io.bifrostfilter.testing.InThreads.inThreads;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SealTest {

  private static final String OLD = key(1);
  private static final String NEW = key(2);
  private static final int THREADS = 8;
  private static final byte[] PLAIN = "Tell me about the rabbit.".getBytes(UTF_8);

  @Test
  void whatIsSealedIsReadUnderTheSameKeyAndContext() throws Exception {
    byte[] sealed = seal(OLD).seal(PLAIN, "job 1");

    assertThat(seal(OLD).unseal(sealed, "job 1")).isEqualTo(PLAIN);
    assertThat(new String(sealed, UTF_8)).doesNotContain("rabbit");
  }

  @Test
  void nothingAtAllCanBeSealed() throws Exception {
    assertThat(seal(OLD).unseal(seal(OLD).seal(new byte[0], "x"), "x")).isEmpty();
    assertThat(seal("none").unseal(seal("none").seal(new byte[0], "x"), "x")).isEmpty();
  }

  @Test
  void theSameBytesNeverLookTheSame() {
    Seal seal = seal(OLD);
    var seen = new HashSet<String>();
    for (int i = 0; i < 100; i++) {
      assertThat(seen.add(Base64.getEncoder().encodeToString(seal.seal(PLAIN, "job")))).isTrue();
    }
  }

  @Test
  void aMessageOfOneJobIsNoneOfAnother() {
    byte[] sealed = seal(OLD).seal(PLAIN, "request 1");

    assertUnreadable(seal(OLD), sealed, "request 2", "it was changed after it was stored");
    assertUnreadable(seal(OLD), sealed, "outcome 1", "it was changed after it was stored");
  }

  @Test
  void whatManySealAndReadAtOnceIsNeverMixedUp() throws Exception {
    Seal seal = seal(OLD);
    Callable<Void> sealing =
        () -> {
          for (int i = 0; i < 100; i++) {
            String context = Thread.currentThread().getName() + " " + i;
            byte[] plain = ("of " + context).getBytes(UTF_8);
            byte[] sealed = seal.seal(plain, context);
            assertUnreadable(seal, sealed, "another", "it was changed after it was stored");
            assertThat(seal.unseal(sealed, context)).isEqualTo(plain);
          }
          return null;
        };
    inThreads(THREADS, sealing);
  }

  @Test
  void everyChangedBitIsNoticed() {
    Seal seal = seal(OLD);
    byte[] sealed = seal.seal(PLAIN, "job");
    for (int bit = 0; bit < sealed.length * 8; bit++) {
      byte[] changed = sealed.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThatThrownBy(() -> seal.unseal(changed, "job"))
          .as("bit " + bit)
          .isInstanceOf(UnsealException.class);
    }
  }

  @Test
  void everyTruncationIsNoticed() {
    Seal seal = seal(OLD);
    byte[] sealed = seal.seal(PLAIN, "job");
    for (int length = 0; length < sealed.length; length++) {
      byte[] part = Arrays.copyOf(sealed, length);
      assertThatThrownBy(() -> seal.unseal(part, "job")).isInstanceOf(UnsealException.class);
    }
  }

  @Test
  void theFirstKeySealsAndAllUnseal() throws Exception {
    byte[] before = seal(OLD).seal(PLAIN, "job");
    Seal rotated = seal(NEW + ", " + OLD);
    byte[] after = rotated.seal(PLAIN, "job");

    assertThat(rotated.unseal(before, "job")).isEqualTo(PLAIN);
    assertThat(seal(NEW).unseal(after, "job")).isEqualTo(PLAIN);
    assertUnreadable(seal(OLD), after, "job", "none of the keys configured has sealed it");
    assertUnreadable(seal(NEW), before, "job", "none of the keys configured has sealed it");
  }

  @Test
  void withoutAKeyBytesAreKeptAsTheyAre() throws Exception {
    byte[] kept = seal("none").seal(PLAIN, "job");

    assertThat(new String(kept, UTF_8)).contains("rabbit");
    assertThat(seal("none").unseal(kept, "job")).isEqualTo(PLAIN);
  }

  @Test
  void whatNobodySealedIsNotReadOnceThereIsAKey() {
    assertUnreadable(
        seal(OLD),
        seal("none").seal(PLAIN, "job"),
        "job",
        "without encryption, which is on by now");
    assertUnreadable(
        seal("none"),
        seal(OLD).seal(PLAIN, "job"),
        "job",
        "none of the keys configured has sealed it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",", "secret!", "c2VjcmV0", "none,none"})
  void aRingThatIsNoneIsRefusedWithoutBeingRepeated(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Keyring.parse(text))
        .withMessageMatching("a key (is not base64|has 32 bytes, not \\d+)")
        .withNoCause();
  }

  @Test
  void aTrailingCommaIsAMistake() {
    assertThatIllegalArgumentException().isThrownBy(() -> Keyring.parse(OLD + ","));
  }

  @Test
  void eachPurposeAndEachKeyHasADerivedKeyOfItsOwn() {
    Keyring ring = Keyring.parse(NEW + "," + OLD);

    var all = new HashSet<List<Byte>>();
    for (String purpose : List.of("one", "two")) {
      List<byte[]> derived = ring.derived(purpose);
      assertThat(derived).hasSize(2).allSatisfy(key -> assertThat(key).hasSize(32));
      derived.forEach(key -> all.add(boxed(key)));
    }
    assertThat(all).hasSize(4);
    assertThat(ring.derived("one").get(1)).isEqualTo(Keyring.parse(OLD).derived("one").get(0));
    assertThat(Keyring.parse("none").derived("one")).isEmpty();
  }

  @Test
  void aRingShowsNoneOfItsKeys() {
    assertThat(Keyring.parse(NEW + "," + OLD)).hasToString("2 keys");
    assertThat(Keyring.parse("none")).hasToString("none");
  }

  private static void assertUnreadable(Seal seal, byte[] sealed, String context, String why) {
    assertThatThrownBy(() -> seal.unseal(sealed, context))
        .isInstanceOf(UnsealException.class)
        .hasMessageContaining(why);
  }

  private static List<Byte> boxed(byte[] bytes) {
    var list = new ArrayList<Byte>();
    for (byte b : bytes) {
      list.add(b);
    }
    return list;
  }

  private static Seal seal(String keys) {
    return new Seal(Keyring.parse(keys));
  }

  private static String key(int fill) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) fill);
    return Base64.getEncoder().encodeToString(key);
  }
}
