package io.bifrostfilter.store;

/** The store cannot be reached, or cannot say. Whether a change was made is not known. */
public class JobStoreException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public JobStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
