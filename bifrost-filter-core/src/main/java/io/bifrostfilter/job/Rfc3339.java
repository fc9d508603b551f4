package io.bifrostfilter.job;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/**
 * Times as clients read them: RFC 3339, in UTC, always with milliseconds, which {@link
 * Instant#toString} leaves out where they are 0. For many threads.
 *
 * <p>A poll has three of them, and a {@link DateTimeFormatter} takes a quarter of its time for
 * them. So that is left to times that no clock says.
 */
public final class Rfc3339 {

  private static final DateTimeFormatter ANY =
      new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

  private static final byte[] ZEROS =
      "0000-00-00T00:00:00.000Z".getBytes(StandardCharsets.ISO_8859_1);

  /** Years of four digits end here; in seconds since 1970. */
  private static final long YEAR_10000 = 253_402_300_800L;

  private Rfc3339() {}

  /**
   * @return such as {@code 2026-02-19T08:10:17.831Z}; what is finer than a millisecond is cut off
   */
  public static String text(Instant instant) {
    long second = instant.getEpochSecond();
    if (second < 0 || second >= YEAR_10000) {
      return ANY.format(instant);
    }
    var utc = LocalDateTime.ofEpochSecond(second, instant.getNano(), ZoneOffset.UTC);
    byte[] text = ZEROS.clone();
    putNumber(text, 4, utc.getYear());
    putNumber(text, 7, utc.getMonthValue());
    putNumber(text, 10, utc.getDayOfMonth());
    putNumber(text, 13, utc.getHour());
    putNumber(text, 16, utc.getMinute());
    putNumber(text, 19, utc.getSecond());
    putNumber(text, 23, utc.getNano() / 1_000_000);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /** Puts a number's digits in the place of the zeros before an index. */
  private static void putNumber(byte[] text, int end, int number) {
    int at = end;
    for (int rest = number; rest > 0; rest /= 10) {
      text[--at] = (byte) ('0' + rest % 10);
    }
  }
}
