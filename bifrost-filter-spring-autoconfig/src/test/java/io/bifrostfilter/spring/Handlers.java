package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobFilter;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** The ways in which Spring MVC lets a handler answer. It knows nothing of jobs. */
@RestController
class Handlers {

  /** Handlers that wait do so until this is open. */
  final CountDownLatch gate = new CountDownLatch(1);

  /** Counted down once a handler waits. */
  final CountDownLatch entered = new CountDownLatch(1);

  @PostMapping("/v1/chat/completions")
  Map<String, Object> object(
      HttpServletRequest request, @Nullable Principal principal, @RequestBody String body) {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("id", "chatcmpl-1");
    answer.put("user", principal == null ? "" : principal.getName());
    answer.put("url", request.getRequestURL().toString());
    answer.put("remote", request.getRemoteAddr());
    answer.put("thread", Thread.currentThread().toString());
    answer.put("job", String.valueOf(request.getAttribute(AsyncJobFilter.JOB_ID_ATTRIBUTE)));
    answer.put("request", request.getClass().getName());
    answer.put("length", body.length());
    return answer;
  }

  @PostMapping("/v1/embeddings")
  DeferredResult<Map<String, String>> deferred() {
    var result = new DeferredResult<Map<String, String>>();
    CompletableFuture.runAsync(() -> result.setResult(Map.of("kind", "deferred")));
    return result;
  }

  @PostMapping("/v1/responses")
  CompletableFuture<Map<String, String>> future() {
    return CompletableFuture.supplyAsync(() -> Map.of("kind", "future"));
  }

  @PostMapping("/v1/completions")
  ResponseEntity<StreamingResponseBody> streaming() {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .body(
            out -> {
              out.write("{\"kind\":".getBytes(StandardCharsets.UTF_8));
              out.flush();
              out.write("\"streaming\"}".getBytes(StandardCharsets.UTF_8));
            });
  }

  @PostMapping("/v1/events")
  SseEmitter events() throws IOException {
    var emitter = new SseEmitter();
    CompletableFuture.runAsync(
        () -> {
          try {
            emitter.send("first");
            await();
            emitter.send("last");
            emitter.complete();
          } catch (IOException e) {
            emitter.completeWithError(e);
          }
        });
    return emitter;
  }

  @PostMapping("/v1/rerank")
  Map<String, String> slow() {
    entered.countDown();
    await();
    return Map.of("kind", "slow");
  }

  private void await() {
    try {
      if (!gate.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody opened the gate");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
