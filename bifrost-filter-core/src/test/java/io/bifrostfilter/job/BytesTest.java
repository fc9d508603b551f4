package io.bifrostfilter.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is asked of a body without reading it. */
class BytesTest {

  @Test
  void oneByteThatIsNotAsciiIsFoundWhereverItStands() {
    for (int length = 0; length < 40; length++) {
      assertThat(Bytes.wrap(new byte[length]).isAscii()).isTrue();
      for (int at = 0; at < length; at++) {
        byte[] array = new byte[length];
        array[at] = (byte) 0x80;
        assertThat(Bytes.wrap(array).isAscii()).as("%s of %s", at, length).isFalse();
        assertThat(Bytes.wrap(array).slice(0, at).isAscii()).isTrue();
        assertThat(Bytes.wrap(array).slice(at + 1, length).isAscii()).isTrue();
      }
    }
  }
}
