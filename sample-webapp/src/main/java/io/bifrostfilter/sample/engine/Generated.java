package io.bifrostfilter.sample.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * A generated text. Immutable.
 *
 * @param tokens the text in pieces, as they are streamed
 * @param cut whether it would have gone on, had there been room for more tokens
 */
record Generated(List<String> tokens, boolean cut) {
  Generated {
    tokens = List.copyOf(tokens);
  }

  String text() {
    return String.join("", tokens);
  }

  String finishReason() {
    return cut ? "length" : "stop";
  }

  /** The text up to the first of the stop sequences, if one of them is in it. */
  Generated upTo(List<String> stops) {
    var text = text();
    var end = stops.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min();
    if (end.isEmpty()) {
      return this;
    }
    var kept = new ArrayList<String>();
    var room = end.getAsInt();
    for (var token : tokens) {
      if (room == 0) {
        break;
      }
      var piece = token.substring(0, Math.min(room, token.length()));
      kept.add(piece);
      room -= piece.length();
    }
    return new Generated(kept, false);
  }
}
