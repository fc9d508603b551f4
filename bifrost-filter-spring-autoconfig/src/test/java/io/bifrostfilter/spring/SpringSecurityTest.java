package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT;
import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;

/** The application's own security decides who may submit, and whose a job is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("Spring Security")
class SpringSecurityTest {

  private static final String[] ANN = {"Authorization", "Bearer token-of-ann"};
  private static final String[] ANN_AGAIN = {"Authorization", "Bearer other-token-of-ann"};
  private static final String[] BOB = {"Authorization", "Bearer token-of-bob"};

  private BootApp app;

  @BeforeAll
  void start() {
    app = BootApp.startSecured(Secured.class);
  }

  @AfterAll
  void stop() {
    app.close();
  }

  @Test
  void aSubmitWithoutATokenIsRefusedAtOnce() {
    assertThat(app.post("/v1/async/chat/completions", CHAT_BODY).status()).isEqualTo(401);
    var byHeader = app.post(CHAT, CHAT_BODY, "x-bf-async", "true");
    assertThat(byHeader.status()).isEqualTo(401);
    assertThat(byHeader.header("x-bf-async-id")).isEmpty();
    assertThat(byHeader.header("WWW-Authenticate")).startsWith("Bearer");
  }

  @Test
  void aSubmitWithAWrongTokenIsRefusedAtOnce() {
    var reply =
        app.post("/v1/async/chat/completions", CHAT_BODY, "Authorization", "Bearer made-up");

    assertThat(reply.status()).isEqualTo(401);
  }

  @Test
  void aJobRunsAsTheCallerThatSubmittedIt() {
    var job = app.whenDone(app.submitChat(ANN), ANN);

    assertThat(job.path("status").asText()).isEqualTo("completed");
    assertThat(job.path("result").path("user").asText()).isEqualTo("ann");
  }

  @Test
  void aJobBelongsToThePrincipalAndNotToTheToken() {
    String location = app.submitChat(ANN);

    assertThat(app.whenDone(location, ANN_AGAIN).path("status").asText()).isEqualTo("completed");
    assertThat(app.get(location, BOB).status()).isEqualTo(404);
    assertThat(app.get(location).status()).isEqualTo(401);
  }

  @Test
  void theFilterFollowsAChainThatTheApplicationHasMoved() {
    try (var moved = BootApp.startSecured(Secured.class, "spring.security.filter.order=7")) {
      assertThat(moved.post("/v1/async/chat/completions", CHAT_BODY).status()).isEqualTo(401);
      var job = moved.whenDone(moved.submitChat(BOB), BOB);
      assertThat(job.path("result").path("user").asText()).isEqualTo("bob");
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class Secured {

    private static final Map<String, String> USERS =
        Map.of("token-of-ann", "ann", "other-token-of-ann", "ann", "token-of-bob", "bob");

    @Bean
    SecurityFilterChain chain(HttpSecurity http, OpaqueTokenIntrospector tokens) throws Exception {
      return http.csrf(csrf -> csrf.disable())
          .authorizeHttpRequests(
              requests ->
                  requests.requestMatchers("/v1/**").authenticated().anyRequest().permitAll())
          .oauth2ResourceServer(server -> server.opaqueToken(opaque -> opaque.introspector(tokens)))
          .build();
    }

    @Bean
    OpaqueTokenIntrospector tokens() {
      return token -> {
        String user = USERS.get(token);
        if (user == null) {
          throw new BadOpaqueTokenException("unknown");
        }
        return new DefaultOAuth2AuthenticatedPrincipal(
            user, Map.of("sub", user), List.copyOf(AuthorityUtils.NO_AUTHORITIES));
      };
    }
  }
}
