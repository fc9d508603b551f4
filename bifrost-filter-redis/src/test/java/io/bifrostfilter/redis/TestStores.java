package io.bifrostfilter.redis;

/** What several tests of stores need. */
final class TestStores {

  /** 32 bytes, in base64. */
  static final String KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

  private TestStores() {}
}
