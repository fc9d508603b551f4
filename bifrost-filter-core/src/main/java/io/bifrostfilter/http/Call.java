package io.bifrostfilter.http;

import java.util.List;

/** What a request asks of us. */
public sealed interface Call {

  /** Nothing; the application answers it. */
  enum NotOurs implements Call {
    INSTANCE
  }

  /** To make a job. */
  record Submit(Surface surface, String route) implements Call {}

  /**
   * To know how a job stands.
   *
   * @param id as the caller wrote it
   */
  record Poll(Surface surface, String route, String id) implements Call {}

  /** To end a job. */
  record Cancel(String route, String id) implements Call {}

  /** To remove a job. */
  record Delete(String route, String id) implements Call {}

  /**
   * To manage webhooks.
   *
   * @param path what follows {@code /api/webhooks}
   */
  record ManageWebhooks(String path) implements Call {}

  /** Something below our prefix that does not exist. */
  record UnknownRoute(String path) implements Call {}

  /** Something that exists, by a method that it does not have. */
  record WrongMethod(String route, List<String> allowed) implements Call {

    public WrongMethod {
      allowed = List.copyOf(allowed);
    }
  }
}
