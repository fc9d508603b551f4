package io.bifrostfilter.recording;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.bifrostfilter.job.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Changes a request body that is a JSON object where it must change. Every other member is copied
 * as bytes: no number is rounded, no string is written another way.
 */
public final class RequestJson {

  private static final String MODEL = "model";
  private static final String FALLBACKS = "fallbacks";

  private RequestJson() {}

  /**
   * The same request for another model, without its {@code fallbacks}.
   *
   * @param body a well-formed JSON object
   */
  public static Bytes forModel(Bytes body, String model) {
    var out = new ByteArrayOutputStream(body.size() + model.length());
    try (JsonParser parser = JsonText.FACTORY.createParser(body.asStream())) {
      parser.nextToken();
      out.writeBytes(utf8("{\"" + MODEL + "\":"));
      out.writeBytes(quoted(model));
      copyOthers(parser, body, out);
      out.write('}');
    } catch (IOException e) {
      throw new UncheckedIOException("the body was checked when it was accepted", e);
    }
    return Bytes.wrap(out.toByteArray());
  }

  /** Copies each member that is not replaced, with whatever white space stands within it. */
  private static void copyOthers(JsonParser parser, Bytes body, ByteArrayOutputStream out)
      throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      int from = start(parser);
      String name = parser.currentName();
      parser.nextToken();
      parser.skipChildren();
      parser.finishToken();
      int to = end(parser);
      if (!name.equals(MODEL) && !name.equals(FALLBACKS)) {
        out.write(',');
        body.slice(from, to).writeTo(out);
      }
    }
  }

  private static byte[] quoted(String text) throws IOException {
    var writer = new StringWriter();
    try (var generator = JsonText.FACTORY.createGenerator(writer)) {
      generator.writeString(text);
    }
    return utf8(writer.toString());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int start(JsonParser parser) {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  private static int end(JsonParser parser) {
    return (int) parser.currentLocation().getByteOffset();
  }
}
