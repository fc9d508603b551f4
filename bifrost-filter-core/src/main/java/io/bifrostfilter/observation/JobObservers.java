package io.bifrostfilter.observation;

import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All observers as one that never throws: no job suffers from being watched. For many threads. */
public final class JobObservers implements JobObserver {

  private static final Logger log = LoggerFactory.getLogger(JobObservers.class);

  private final List<JobObserver> all;

  /**
   * @param all in the order in which they are told
   */
  public JobObservers(List<JobObserver> all) {
    this.all = List.copyOf(all);
  }

  @Override
  public Headers submitting(Job job, Headers headers) {
    Headers latest = headers;
    for (JobObserver each : all) {
      try {
        latest = each.submitting(job, latest);
      } catch (Throwable t) {
        ignored(each, t);
      }
    }
    return latest;
  }

  @Override
  public void submitted(Job job) {
    tell(each -> each.submitted(job));
  }

  @Override
  public void refused(String route, String reason) {
    tell(each -> each.refused(route, reason));
  }

  @Override
  public void started(Job job, Duration waited) {
    tell(each -> each.started(job, waited));
  }

  @Override
  public void finished(Job job, Outcome outcome, Optional<Duration> ran) {
    tell(each -> each.finished(job, outcome, ran));
  }

  private void tell(Consumer<JobObserver> news) {
    for (JobObserver each : all) {
      try {
        news.accept(each);
      } catch (Throwable t) {
        ignored(each, t);
      }
    }
  }

  private static void ignored(JobObserver observer, Throwable t) {
    log.warn("The observer {} failed; its job goes on as if it had not.", observer, t);
  }
}
