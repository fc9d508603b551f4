package io.bifrostfilter.http;

import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.Optional;

/**
 * The authenticated principal, if the container knows one, else the credential that the request
 * presents (contract, section 5). The same secret is the same caller, whichever header carries it.
 * For many threads.
 */
public final class CredentialOwnerResolver implements OwnerResolver {

  private static final String AUTHORIZATION = "Authorization";
  private static final String BEARER = "Bearer ";
  private static final String[] IN_ORDER = {
    "x-bf-vk", AUTHORIZATION, "x-api-key", "api-key", "x-goog-api-key"
  };

  @Override
  public Optional<String> resolve(HttpServletRequest request) {
    Principal principal = request.getUserPrincipal();
    if (principal != null && principal.getName() != null) {
      return Optional.of("principal:" + principal.getName());
    }
    for (String name : IN_ORDER) {
      String value = request.getHeader(name);
      if (value != null && !value.isBlank()) {
        String secret = name.equals(AUTHORIZATION) ? token(value.strip()) : value.strip();
        return Optional.of("credential:" + secret);
      }
    }
    return Optional.empty();
  }

  private static String token(String authorization) {
    return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? authorization.substring(BEARER.length()).strip()
        : authorization;
  }
}
