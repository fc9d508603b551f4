package io.bifrostfilter.spring;

import io.bifrostfilter.store.JobStoreException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.NestedExceptionUtils;

/** Says why the store could not be opened, where a stack trace would say it below many others. */
final class JobStoreFailureAnalyzer extends AbstractFailureAnalyzer<JobStoreException> {

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, JobStoreException cause) {
    Throwable reason = NestedExceptionUtils.getMostSpecificCause(cause);
    return new FailureAnalysis(
        "The store of the async jobs cannot be used: "
            + cause.getMessage()
            + " ("
            + (reason.getMessage() == null ? reason : reason.getMessage())
            + ")",
        "See that its server runs and lets this application in, and that it is the one that"
            + " bifrost.async.store and the settings of the application's connection to it mean.",
        cause);
  }
}
