package io.bifrostfilter.sample.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.sample.launcher.RunningSample;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String MESSAGES = "'messages':[{'role':'user','content':'hi'}]";

  private static RunningSample sample;

  @BeforeAll
  static void start() throws Exception {
    sample = RunningSample.start();
  }

  @AfterAll
  static void stop() {
    sample.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "temperature       | 2.1               | from 0 to 2",
        "temperature       | 'hot'             | from 0 to 2",
        "top_p             | -0.1              | from 0 to 1",
        "top_logprobs      | 21                | from 0 to 20",
        "n                 | 0                 | from 1 to 16",
        "n                 | 17                | from 1 to 16",
        "n                 | 1.5               | from 1 to 16",
        "max_tokens        | 0                 | at least 1",
        "max_tokens        | 99999999999       | at least 1",
        "presence_penalty  | 3                 | from -2 to 2",
        "frequency_penalty | -3                | from -2 to 2",
        "seed              | 'x'               | a whole number",
        "stop              | ['a','b','c','d','e'] | at most 4",
        "stop              | 7                 | a string",
        "stream            | 'yes'             | true or false",
      })
  void aParameterOutOfBoundsIsNamedWithWhatIsAllowed(String name, String value, String allowed)
      throws Exception {
    var body = "{'model':'bifrost-sample'," + MESSAGES + ",'" + name + "':" + value + "}";
    assertError(sample.post(CHAT, body), 400, "invalid_value", name, allowed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[]                                  | messages",
        "'hi'                                | messages",
        "['hi']                              | messages[0]",
        "[{'role':'king','content':'hi'}]    | messages[0].role",
        "[{'content':'hi'}]                  | messages[0].role",
        "[{'role':'user'}]                   | messages[0].content",
        "[{'role':'user','content':7}]       | messages[0].content",
        "[{'role':'user','content':['hi']}]  | messages[0].content",
      })
  void wrongMessagesAreNamed(String messages, String param) throws Exception {
    var body = "{'model':'bifrost-sample','messages':" + messages + "}";
    assertError(sample.post(CHAT, body), 400, "invalid_value", param, "must be");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "chat/completions | {'model':'bifrost-sample'}                       | messages",
        "chat/completions | {" + MESSAGES + "}                               | model",
        "completions      | {'model':'bifrost-sample'}                       | prompt",
        "responses        | {'model':'bifrost-sample'}                       | input",
        "embeddings       | {'model':'bifrost-sample','input':null}          | input",
        "rerank           | {'model':'bifrost-sample','documents':['a']}     | query",
        "rerank           | {'model':'bifrost-sample','query':'a'}           | documents",
        "audio/speech     | {'model':'bifrost-sample'}                       | input",
      })
  void aMissingParameterIsNamed(String route, String body, String param) throws Exception {
    assertError(
        sample.post("/v1/" + route, body), 400, "missing_required_parameter", param, "required");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "embeddings   | 'input':''                               | input",
        "embeddings   | 'input':[1,2]                            | input",
        "embeddings   | 'input':'a','dimensions':257             | dimensions",
        "embeddings   | 'input':'a','encoding_format':'hex'      | encoding_format",
        "rerank       | 'query':'a','documents':[]               | documents",
        "rerank       | 'query':'a','documents':[7]              | documents",
        "rerank       | 'query':'a','documents':'a'              | documents",
        "rerank       | 'query':'a','documents':['a'],'top_n':0  | top_n",
        "audio/speech | 'input':'a','response_format':'mp3'      | response_format",
        "audio/speech | 'input':'a','speed':5                    | speed",
      })
  void theOtherRoutesNameWhatIsWrongToo(String route, String fields, String param)
      throws Exception {
    var body = "{'model':'bifrost-sample'," + fields + "}";
    assertError(sample.post("/v1/" + route, body), 400, "invalid_value", param, "must be");
  }

  @Test
  void speechTakesNoMoreThanItsLimit() throws Exception {
    var body = "{'model':'bifrost-sample','input':'" + "a".repeat(4097) + "'}";
    assertError(sample.post("/v1/audio/speech", body), 400, "invalid_value", "input", "4096");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {"{'model':", "[]", "7", "nothing", "{} {}", "~~"})
  void whatIsNoJsonObjectIsRefused(String body) throws Exception {
    assertError(
        sample.post(CHAT, body == null ? "" : body), 400, "invalid_json", null, "JSON object");
  }

  @Test
  void anUnknownModelIsNotFoundAndTheFlakyOneIsOverloaded() throws Exception {
    assertError(
        sample.post(CHAT, "{'model':'gpt-9'," + MESSAGES + "}"),
        404,
        "model_not_found",
        "model",
        "bifrost-sample");
    var flaky = sample.post(CHAT, "{'model':'bifrost-sample-flaky'," + MESSAGES + "}");
    assertThat(RunningSample.JSON.readTree(flaky.body()).at("/error/type").textValue())
        .isEqualTo("server_error");
    assertError(flaky, 503, "overloaded", null, "always");
  }

  @Test
  void unknownPathsAndWrongMethodsAreErrorsOfTheSameShape() throws Exception {
    assertError(sample.get("/v1/nothing"), 404, "unknown_url", null, "GET /v1/nothing");
    assertError(sample.get("/v1/"), 404, "unknown_url", null, "GET /v1/");
    var get = sample.get(CHAT);
    assertError(get, 405, "method_not_allowed", null, "POST");
    assertThat(get.headers().firstValue("allow")).hasValue("POST");
    assertError(sample.post("/v1/models", "{}"), 405, "method_not_allowed", null, "GET");
  }

  @Test
  void anAnswerComesNoSoonerThanTheDelayAsksForEvenAnError() throws Exception {
    for (var body : new String[] {"{'model':'bifrost-sample'," + MESSAGES + "}", "{}"}) {
      var began = System.nanoTime();
      var status = delayed("300", body).statusCode();
      assertThat(status).isEqualTo(body.equals("{}") ? 400 : 200);
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }
  }

  @Test
  void aStreamWaitsBeforeItsFirstEvent() throws Exception {
    var began = System.nanoTime();
    var stream =
        delayed("300", "{'model':'bifrost-sample','stream':true,'max_tokens':2," + MESSAGES + "}");
    assertThat(Duration.ofNanos(System.nanoTime() - began))
        .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    assertThat(stream.body()).endsWith("data: [DONE]\n\n");
  }

  @Test
  void aDelayThatIsNoNumberIsRefused() throws Exception {
    assertError(delayed("soon", "{}"), 400, "invalid_value", "x-sample-delay-ms", "milliseconds");
    assertError(delayed("-5", "{}"), 400, "invalid_value", "x-sample-delay-ms", "milliseconds");
  }

  @Test
  void theAppIsHealthyAndHasAPageForPeople() throws Exception {
    assertThat(sample.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
    var page = sample.get("/");
    assertThat(page.headers().firstValue("content-type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
    assertThat(page.body()).contains("app.js").doesNotContain("style=\"").doesNotContain("=\"/");
    assertThat(sample.get("/app.js").statusCode()).isEqualTo(200);
    assertThat(sample.get("/WEB-INF/web.xml").statusCode()).isEqualTo(404);
  }

  private static HttpResponse<String> delayed(String delay, String body) throws Exception {
    return sample
        .client()
        .send(
            sample
                .request(CHAT)
                .header("x-sample-delay-ms", delay)
                .POST(BodyPublishers.ofString(body.replace('\'', '"')))
                .build(),
            BodyHandlers.ofString());
  }

  private static void assertError(
      HttpResponse<String> response, int status, String code, @Nullable String param, String saying)
      throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
    var error = RunningSample.JSON.readTree(response.body()).path("error");
    assertThat(error.path("code").textValue()).isEqualTo(code);
    assertThat(error.path("param").textValue()).isEqualTo(param);
    assertThat(error.path("message").textValue()).contains(saying);
    assertThat(error.path("type").textValue())
        .isEqualTo(status < 500 ? "invalid_request_error" : "server_error");
  }
}
