package io.bifrostfilter.recording;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.bifrostfilter.job.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** JSON as this library reads and writes it. For many threads. */
public final class JsonText {

  /** Of a request: as deep as objects and arrays may be nested. */
  public static final int MAX_NESTING = 500;

  /** Of a request: in characters. */
  public static final int MAX_NUMBER_LENGTH = 1000;

  /** Of a request: in characters. */
  public static final int MAX_NAME_LENGTH = 50_000;

  private static final int MAX_NESTING_OF_ANSWERS = 10_000;

  /**
   * Strict, and with bounds on all that a sender can make long but strings, which hold images and
   * are bounded by the body. Buffers are pooled here and not by thread: the threads are the
   * container's, and would keep them, and with them our class loader, after an undeploy.
   */
  public static final JsonFactory FACTORY =
      factory(MAX_NESTING, MAX_NUMBER_LENGTH, MAX_NAME_LENGTH);

  /**
   * For the application's own answers, which are only ever checked, and may be as odd as they like.
   */
  private static final JsonFactory ANSWERS =
      factory(MAX_NESTING_OF_ANSWERS, Integer.MAX_VALUE, Integer.MAX_VALUE);

  private static final int CHUNK = 2048;

  private JsonText() {}

  private static JsonFactory factory(int maxNesting, int maxNumberLength, int maxNameLength) {
    return JsonFactory.builder()
        .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(maxNesting)
                .maxNumberLength(maxNumberLength)
                .maxNameLength(maxNameLength)
                .maxStringLength(Integer.MAX_VALUE)
                .build())
        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
        // JSON between systems is UTF-8 (RFC 8259 8.1), and so is what results are put into.
        .disable(JsonFactory.Feature.CHARSET_DETECTION)
        .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
        .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
        .build();
  }

  /**
   * Whether a media type says that its body is JSON: {@code application/json}, {@code text/json},
   * or any type that ends in {@code +json}, as browsers have it (WHATWG MIME Sniffing 4.6).
   */
  public static boolean isJsonType(String contentType) {
    int end = contentType.indexOf(';');
    String type =
        (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    return type.equals("application/json") || type.equals("text/json") || type.endsWith("+json");
  }

  /**
   * Whether the bytes are one well-formed JSON value in UTF-8, so that they can stand, as they are,
   * within other JSON.
   */
  public static boolean isWellFormed(Bytes bytes) {
    if (!isUtf8(bytes)) {
      return false;
    }
    try (JsonParser parser = ANSWERS.createParser(bytes.asStream())) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Whether the bytes are UTF-8 by the letter; the parser's own check lets overlong forms and
   * surrogates pass, by which a key can look like another one to whoever reads it next.
   */
  public static boolean isUtf8(Bytes bytes) {
    return bytes.isAscii() || decodes(bytes);
  }

  private static boolean decodes(Bytes bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = bytes.asReadOnlyBuffer();
    CharBuffer out = CharBuffer.allocate(CHUNK);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (result.isUnderflow()) {
        return true;
      }
      if (result.isError()) {
        return false;
      }
      out.clear();
    }
  }
}
