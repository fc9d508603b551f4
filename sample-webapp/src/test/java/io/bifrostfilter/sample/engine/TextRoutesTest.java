package io.bifrostfilter.sample.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TextRoutesTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String HATTER =
      "'model':'bifrost-sample','messages':[{'role':'user','content':'What did the Hatter say?'}]";

  private static RunningSample sample;

  @BeforeAll
  static void start() throws Exception {
    sample = RunningSample.start();
  }

  @AfterAll
  static void stop() {
    sample.close();
  }

  @Test
  void aChatCompletionHasTheShapeThatTheSdksParse() throws Exception {
    var answer = sample.answer(CHAT, "{" + HATTER + "}");
    assertThat(answer.path("id").textValue()).startsWith("chatcmpl-");
    assertThat(answer.path("object").textValue()).isEqualTo("chat.completion");
    assertThat(answer.path("created").isIntegralNumber()).isTrue();
    assertThat(answer.path("model").textValue()).isEqualTo("bifrost-sample");
    var choice = answer.path("choices").path(0);
    assertThat(choice.path("index").intValue()).isZero();
    assertThat(choice.path("message").path("role").textValue()).isEqualTo("assistant");
    assertThat(choice.path("message").path("content").textValue()).isNotBlank();
    assertThat(choice.path("finish_reason").textValue()).isIn("stop", "length");
    var usage = answer.path("usage");
    assertThat(usage.path("prompt_tokens").intValue()).isEqualTo(6);
    assertThat(usage.path("total_tokens").intValue())
        .isEqualTo(6 + usage.path("completion_tokens").intValue());
  }

  @Test
  void theSameSeedGivesTheSameTextAndOtherSeedsOthers() throws Exception {
    var texts = new ArrayList<String>();
    for (var seed : List.of(1, 1, 2, 3, 4, 5)) {
      texts.add(content(sample.answer(CHAT, "{" + HATTER + ",'seed':" + seed + "}")));
    }
    assertThat(texts.get(0)).isEqualTo(texts.get(1));
    assertThat(texts).anyMatch(text -> !text.equals(texts.get(0)));
  }

  @Test
  void temperatureZeroIsGreedyWhateverTheSeed() throws Exception {
    var one = sample.answer(CHAT, "{" + HATTER + ",'temperature':0,'seed':1}");
    var other = sample.answer(CHAT, "{" + HATTER + ",'temperature':0,'seed':2}");
    assertThat(content(one)).isEqualTo(content(other));
  }

  @Test
  void verySmallTemperaturesAndTopPAreGreedyToo() throws Exception {
    var greedy = content(sample.answer(CHAT, "{" + HATTER + ",'temperature':0}"));
    assertThat(content(sample.answer(CHAT, "{" + HATTER + ",'temperature':1e-9,'top_p':0}")))
        .isEqualTo(greedy);
  }

  @Test
  void bothNamesOfTheMaximumCutTheText() throws Exception {
    for (var name : List.of("max_tokens", "max_completion_tokens")) {
      var answer = sample.answer(CHAT, "{" + HATTER + ",'seed':1,'" + name + "':3}");
      assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(3);
      assertThat(answer.at("/choices/0/finish_reason").textValue()).isEqualTo("length");
    }
  }

  @Test
  void theTextEndsBeforeAStopSequence() throws Exception {
    var whole = content(sample.answer(CHAT, "{" + HATTER + ",'temperature':0}"));
    var stop = whole.substring(8, 12);
    var answer =
        sample.answer(CHAT, "{" + HATTER + ",'temperature':0,'stop':['@@','" + stop + "']}");
    assertThat(content(answer)).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(answer.at("/choices/0/finish_reason").textValue()).isEqualTo("stop");
  }

  @Test
  void nChoicesAreMadeAndCounted() throws Exception {
    var answer = sample.answer(CHAT, "{" + HATTER + ",'seed':1,'n':3,'max_tokens':2}");
    assertThat(answer.path("choices"))
        .extracting(c -> c.path("index").intValue())
        .containsExactly(0, 1, 2);
    assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(6);
  }

  @Test
  void contentMayBeAListOfPartsAndTheAssistantsMayBeAbsent() throws Exception {
    var answer =
        sample.answer(
            CHAT,
            "{'model':'bifrost-sample','messages':[{'role':'assistant','content':null},"
                + "{'role':'user','content':[{'type':'text','text':'Do cats eat bats?'},"
                + "{'type':'image_url','image_url':{'url':'http://x'}}]}]}");
    assertThat(content(answer)).containsIgnoringCase("cats");
  }

  @Test
  void aProviderBeforeTheModelIsIgnored() throws Exception {
    var answer = sample.answer(CHAT, ("{" + HATTER + "}").replace("bifrost", "openai/bifrost"));
    assertThat(answer.path("model").textValue()).isEqualTo("bifrost-sample");
  }

  @Test
  void aStreamedChatSaysWhatTheWholeOneSaysAndItsUsageIfAsked() throws Exception {
    var whole = sample.answer(CHAT, "{" + HATTER + ",'seed':9}");
    var response =
        sample.post(
            CHAT,
            "{" + HATTER + ",'seed':9,'stream':true,'stream_options':{'include_usage':true}}");
    assertThat(response.headers().firstValue("content-type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
    assertThat(response.body()).endsWith("data: [DONE]\n\n");
    var chunks = events(response.body());
    assertThat(text(chunks, "/choices/0/delta/content")).isEqualTo(content(whole));
    assertThat(chunks)
        .extracting(c -> c.path("object").textValue())
        .containsOnly("chat.completion.chunk");
    assertThat(chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").textValue())
        .isEqualTo("stop");
    var last = chunks.get(chunks.size() - 1);
    assertThat(last.path("choices")).isEmpty();
    assertThat(last.path("usage")).isEqualTo(whole.path("usage"));
    assertThat(chunks.get(0).path("usage").isNull()).isTrue();
  }

  @Test
  void theFirstEventComesBeforeTheLastOneIsMade() throws Exception {
    var request =
        sample
            .request(CHAT)
            .POST(
                BodyPublishers.ofString(
                    ("{" + HATTER + ",'n':2,'seed':1,'stream':true}").replace('\'', '"')))
            .build();
    try (var lines = sample.client().send(request, BodyHandlers.ofLines()).body()) {
      var times = lines.filter(line -> !line.isEmpty()).map(line -> System.nanoTime()).toList();
      var millis = (times.get(times.size() - 1) - times.get(0)) / 1_000_000;
      assertThat(times).hasSizeGreaterThan(15);
      assertThat(millis).isGreaterThan(100);
    }
  }

  @Test
  void aCompletionGoesOnWhereThePromptEnds() throws Exception {
    var answer =
        sample.answer(
            "/v1/completions",
            "{'model':'bifrost-sample','prompt':'Alice was not a"
                + " bit','temperature':0,'max_tokens':3}");
    assertThat(answer.path("id").textValue()).startsWith("cmpl-");
    assertThat(answer.path("object").textValue()).isEqualTo("text_completion");
    assertThat(answer.at("/choices/0/text").textValue()).startsWith(" ");
    assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(5);
    assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(3);
  }

  @Test
  void aCompletionOfSeveralPromptsHasAChoiceForEach() throws Exception {
    var answer =
        sample.answer(
            "/v1/completions",
            "{'model':'bifrost-sample','prompt':['Alice was','unheard-of gibberish'],'n':2}");
    assertThat(answer.path("choices")).hasSize(4);
  }

  @Test
  void aStreamedCompletionSaysWhatTheWholeOneSays() throws Exception {
    var asked = "'model':'bifrost-sample','prompt':'Down, down','seed':4";
    var whole = sample.answer("/v1/completions", "{" + asked + "}");
    var chunks = events(sample.post("/v1/completions", "{" + asked + ",'stream':true}").body());
    assertThat(text(chunks, "/choices/0/text")).isEqualTo(whole.at("/choices/0/text").textValue());
    assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.has("usage")).isFalse());
  }

  @Test
  void aResponseHasTheShapeThatTheSdksParse() throws Exception {
    var answer =
        sample.answer(
            "/v1/responses", "{'model':'bifrost-sample','input':'What about tea?','seed':3}");
    assertThat(answer.path("id").textValue()).startsWith("resp_");
    assertThat(answer.path("object").textValue()).isEqualTo("response");
    assertThat(answer.path("created_at").isIntegralNumber()).isTrue();
    assertThat(answer.path("status").textValue()).isEqualTo("completed");
    for (var name : List.of("error", "incomplete_details", "instructions")) {
      assertThat(answer.path(name).isNull()).as(name).isTrue();
    }
    assertThat(answer.path("metadata").isObject()).isTrue();
    assertThat(answer.path("tools").isArray()).isTrue();
    assertThat(answer.path("tool_choice").textValue()).isEqualTo("auto");
    assertThat(answer.path("parallel_tool_calls").booleanValue()).isTrue();
    assertThat(answer.path("temperature").isNumber()).isTrue();
    assertThat(answer.path("top_p").isNumber()).isTrue();
    var message = answer.at("/output/0");
    assertThat(message.path("type").textValue()).isEqualTo("message");
    assertThat(message.path("status").textValue()).isEqualTo("completed");
    assertThat(message.at("/content/0/type").textValue()).isEqualTo("output_text");
    assertThat(message.at("/content/0/text").textValue()).isNotBlank();
    assertThat(message.at("/content/0/annotations").isArray()).isTrue();
    var usage = answer.path("usage");
    assertThat(usage.path("input_tokens").intValue()).isEqualTo(4);
    assertThat(usage.at("/input_tokens_details/cached_tokens").intValue()).isZero();
    assertThat(usage.at("/output_tokens_details/reasoning_tokens").isNumber()).isTrue();
    assertThat(usage.path("total_tokens").intValue())
        .isEqualTo(4 + usage.path("output_tokens").intValue());
  }

  @Test
  void aResponseThatIsCutSaysSo() throws Exception {
    var answer =
        sample.answer(
            "/v1/responses",
            "{'model':'bifrost-sample','input':[{'role':'user','content':'Tea?'}],'max_output_tokens':2}");
    assertThat(answer.path("status").textValue()).isEqualTo("incomplete");
    assertThat(answer.at("/incomplete_details/reason").textValue()).isEqualTo("max_output_tokens");
  }

  @Test
  void aStreamedResponseGoesFromCreatedToCompleted() throws Exception {
    var asked = "'model':'bifrost-sample','input':'What about tea?','seed':3";
    var whole = sample.answer("/v1/responses", "{" + asked + "}");
    var body = sample.post("/v1/responses", "{" + asked + ",'stream':true}").body();
    var events = events(body);
    assertThat(body).startsWith("event: response.created\ndata: ").doesNotContain("[DONE]");
    assertThat(events)
        .extracting(e -> e.path("type").textValue())
        .startsWith(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta")
        .endsWith(
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed");
    assertThat(events)
        .extracting(e -> e.path("sequence_number").intValue())
        .isEqualTo(IntStream.range(0, events.size()).boxed().toList());
    var said = whole.at("/output/0/content/0/text").textValue();
    assertThat(text(events, "/delta")).isEqualTo(said);
    assertThat(events.get(events.size() - 1).at("/response/output/0/content/0/text").textValue())
        .isEqualTo(said);
  }

  private static String content(JsonNode completion) {
    return completion.at("/choices/0/message/content").textValue();
  }

  private static List<JsonNode> events(String stream) throws Exception {
    var events = new ArrayList<JsonNode>();
    for (var line : stream.lines().toList()) {
      if (line.startsWith("data: {")) {
        events.add(RunningSample.JSON.readTree(line.substring(6)));
      }
    }
    return events;
  }

  private static String text(List<JsonNode> events, String pointer) {
    return events.stream().map(event -> event.at(pointer).asText("")).collect(Collectors.joining());
  }
}
