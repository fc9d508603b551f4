package io.bifrostfilter.sample.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * {@code POST /v1/audio/speech}: a melody with one note for each word, longer for longer words.
 * Stateless.
 */
final class Speech {
  private static final int SAMPLE_RATE = 16_000;
  private static final int MAX_INPUT = 4096;
  private static final double A4 = 440;
  // Any order of these sounds well.
  private static final int[] PENTATONIC = {-9, -7, -5, -2, 0, 3, 5, 7};

  private Speech() {}

  static Answer answer(JsonBody body) {
    Models.requested(body.requiredText("model"));
    var input = body.requiredText("input");
    if (input.length() > MAX_INPUT) {
      throw JsonBody.mustBe(
          "input", "at most %d characters long".formatted(MAX_INPUT), body.get("input"));
    }
    var format = body.choice("response_format", "wav", "pcm");
    body.choice("stream_format", "audio");
    var pcm = melody(input, body.number("speed", 1, 0.25, 4));
    return format.equals("pcm") ? Answer.of("audio/pcm", pcm) : Answer.of("audio/wav", wav(pcm));
  }

  /** 16-bit little-endian mono. */
  private static byte[] melody(String text, double speed) {
    var words = text.strip().split("\\s+");
    var lengths = new int[words.length];
    var total = 0;
    for (var i = 0; i < words.length; i++) {
      var seconds = (0.12 + 0.02 * Math.min(words[i].length(), 12)) / speed;
      lengths[i] = (int) (seconds * SAMPLE_RATE);
      total += lengths[i];
    }
    var pcm = ByteBuffer.allocate(total * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (var i = 0; i < words.length; i++) {
      var halfTones = PENTATONIC[Math.floorMod(words[i].hashCode(), PENTATONIC.length)];
      note(pcm, A4 * Math.pow(2, halfTones / 12.0), lengths[i]);
    }
    return pcm.array();
  }

  private static void note(ByteBuffer to, double frequency, int samples) {
    for (var i = 0; i < samples; i++) {
      // Swells and fades, so that notes do not click.
      var loudness = Math.sin(Math.PI * i / samples);
      var wave = Math.sin(2 * Math.PI * frequency * i / SAMPLE_RATE);
      to.putShort((short) (0.4 * Short.MAX_VALUE * loudness * wave));
    }
  }

  private static byte[] wav(byte[] pcm) {
    var header = 44;
    return ByteBuffer.allocate(header + pcm.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(ascii("RIFF"))
        .putInt(header - 8 + pcm.length)
        .put(ascii("WAVEfmt "))
        .putInt(16) // length of this chunk
        .putShort((short) 1) // PCM
        .putShort((short) 1) // mono
        .putInt(SAMPLE_RATE)
        .putInt(SAMPLE_RATE * Short.BYTES)
        .putShort((short) Short.BYTES)
        .putShort((short) Short.SIZE)
        .put(ascii("data"))
        .putInt(pcm.length)
        .put(pcm)
        .array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
