package io.bifrostfilter.http;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobIds;
import io.bifrostfilter.recording.BodyRecorder;
import io.bifrostfilter.recording.ByteBudget;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.submission.JobRef;
import io.bifrostfilter.submission.JobService;
import io.bifrostfilter.submission.Submission;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers each call that is ours. For many threads. */
public final class Endpoints {

  private static final Logger log = LoggerFactory.getLogger(Endpoints.class);

  private final WireSettings settings;
  private final JobService jobs;
  private final OwnerResolver owners;
  private final SubmitReader reader;
  private final WebhookApi webhooks;
  private final Answers answers;
  private final Outage outage;

  /**
   * @param node names this process
   * @param webhooks which submits may name, and administrators manage
   * @param readBudget for the request bodies that are being read at once
   * @param outage is told when the store cannot be reached
   */
  public Endpoints(
      WireSettings settings,
      JobService jobs,
      OwnerResolver owners,
      WebhookApi webhooks,
      Clock clock,
      String node,
      ByteBudget readBudget,
      Outage outage) {
    this.settings = settings;
    this.jobs = jobs;
    this.owners = owners;
    this.reader =
        new SubmitReader(
            settings, owners, webhooks, new RequestRecorder(settings, node), readBudget);
    this.webhooks = webhooks;
    this.answers = new Answers(settings, clock);
    this.outage = outage;
  }

  /** Answers a call, now or, if the caller would wait, later. */
  public void answer(Call call, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    UnreadBody unread =
        call instanceof Call.Submit || call instanceof Call.ManageWebhooks
            ? UnreadBody.none(request)
            : UnreadBody.announced(request, response);
    try {
      if (call instanceof Call.Submit submit) {
        submit(submit, request, response);
      } else if (call instanceof Call.Poll poll) {
        poll(poll, unread, request, response);
      } else if (call instanceof Call.Cancel cancel) {
        cancel(cancel, request, response);
      } else if (call instanceof Call.Delete delete) {
        delete(delete, request, response);
      } else if (call instanceof Call.ManageWebhooks manage) {
        webhooks.answer(manage.path(), request, response);
      } else if (call instanceof Call.UnknownRoute unknown) {
        throw unknownRoute(unknown.path());
      } else if (call instanceof Call.WrongMethod wrong) {
        throw wrongMethod(wrong, request, response);
      } else {
        throw new IllegalArgumentException(call + " is not for us to answer");
      }
    } catch (ApiError e) {
      // That there is no such job is said in the same words on every route.
      boolean ofTheRoute = call instanceof Call.Submit || call instanceof Call.WrongMethod;
      answers.refused(e, ofTheRoute ? routeOf(call) : Optional.empty(), request, response);
      unread.takeAfter(response);
    } catch (JobStoreException e) {
      answers.refused(storeUnavailable(e), routeOf(call), request, response);
      unread.takeAfter(response);
    }
  }

  private static Optional<String> routeOf(Call call) {
    if (call instanceof Call.Submit submit) {
      return Optional.of(submit.route());
    }
    if (call instanceof Call.Poll poll) {
      return Optional.of(poll.route());
    }
    if (call instanceof Call.Cancel cancel) {
      return Optional.of(cancel.route());
    }
    if (call instanceof Call.WrongMethod wrong) {
      return Optional.of(wrong.route());
    }
    return call instanceof Call.Delete delete ? Optional.of(delete.route()) : Optional.empty();
  }

  private void submit(Call.Submit call, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Admission admission;
    Optional<String> model;
    try (BodyRecorder recorder = reader.recorder(request)) {
      Submission submission = reader.read(request, call, recorder);
      model = submission.model();
      admission = admission(submission);
    }
    if (admission instanceof Admission.Refused refused) {
      throw noRoom(refused.reason()).about(model);
    }
    if (admission instanceof Admission.KeyReused) {
      throw keyReused().about(model);
    }
    Job job;
    if (admission instanceof Admission.Replayed replayed) {
      job = replayed.job();
      response.setHeader(WireHeaders.IDEMPOTENT_REPLAYED, "true");
    } else {
      job = ((Admission.Added) admission).job();
      log.debug("Job {} was accepted for {}.", job.id(), job.route());
    }
    Preferences preferences = Preferences.of(request);
    // The header surface may answer 200, which is not what this preference asks for.
    boolean asAsked = preferences.respondAsync() && !answers.isNative(call.surface());
    String applied = asAsked ? "respond-async" : "";
    // Who would wait for no time is answered like who would not wait.
    Optional<Duration> wait = wait(preferences, request).filter(limit -> !limit.isZero());
    if (wait.isEmpty()) {
      preferencesApplied(response, applied);
      answers.submitted(call.surface(), job, request, response);
      return;
    }
    String waited = "wait=" + wait.get().toSeconds();
    new Waiting(jobs.await(job, wait.get()), () -> jobs.latest(job), request)
        .thenAnswer(
            found -> {
              // Deleted while we waited: it was there when it was submitted, and that is the
              // answer.
              Job latest = found.orElse(job);
              if (latest.isDone()) {
                preferencesApplied(response, waited);
                answers.found(call.surface(), latest, response);
              } else {
                preferencesApplied(response, applied.isEmpty() ? waited : applied + ", " + waited);
                answers.submitted(call.surface(), latest, request, response);
              }
            },
            problem ->
                answers.refused(
                    storeUnavailable(problem).about(model), routeOf(call), request, response));
  }

  private Admission admission(Submission submission) {
    try {
      return jobs.submit(submission);
    } catch (JobStoreException e) {
      throw storeUnavailable(e).about(submission.model());
    }
  }

  private void poll(
      Call.Poll call, UnreadBody unread, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Supplier<ApiError> none =
        call.surface() == Surface.PATH ? () -> notFoundOnPath(call.route()) : Endpoints::notFound;
    Job job = jobs.find(ref(call.id(), call.route(), request, none)).orElseThrow(none);
    Optional<Duration> wait = wait(Preferences.of(request), request);
    if (wait.isEmpty()) {
      answers.found(call.surface(), job, response);
      unread.takeAfter(response);
      return;
    }
    new Waiting(jobs.await(job, wait.get()), () -> jobs.latest(job), request)
        .thenAnswer(
            found -> {
              if (found.isEmpty()) {
                answers.refused(none.get(), Optional.empty(), request, response);
              } else {
                preferencesApplied(response, "wait=" + wait.get().toSeconds());
                answers.found(call.surface(), found.get(), response);
              }
              unread.takeAfter(response);
            },
            problem -> {
              answers.refused(storeUnavailable(problem), routeOf(call), request, response);
              unread.takeAfter(response);
            });
  }

  private void cancel(Call.Cancel call, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Supplier<ApiError> none = () -> notFoundOnPath(call.route());
    JobRef ref = ref(call.id(), call.route(), request, none);
    answers.cancelled(jobs.cancel(ref).orElseThrow(none), response);
  }

  private void delete(Call.Delete call, HttpServletRequest request, HttpServletResponse response) {
    Supplier<ApiError> none = () -> notFoundOnPath(call.route());
    if (!jobs.delete(ref(call.id(), call.route(), request, none))) {
      throw none.get();
    }
    answers.deleted(request, response);
  }

  private JobRef ref(String id, String route, HttpServletRequest request, Supplier<ApiError> none) {
    return new JobRef(JobIds.parse(id).orElseThrow(none), route, owners.resolve(request));
  }

  /**
   * How long to hold the answer; empty if the caller did not ask for it, or it cannot be done here.
   */
  private Optional<Duration> wait(Preferences preferences, HttpServletRequest request) {
    if (!request.isAsyncSupported()) {
      return Optional.empty();
    }
    return preferences
        .waitSeconds()
        .map(seconds -> Duration.ofSeconds(Math.min(seconds, settings.maxWait().toSeconds())));
  }

  private static void preferencesApplied(HttpServletResponse response, String applied) {
    if (!applied.isEmpty()) {
      response.setHeader(WireHeaders.PREFERENCE_APPLIED, applied);
    }
  }

  private static ApiError keyReused() {
    return ApiError.of(
        422,
        "idempotency_key_reused",
        "This Idempotency-Key was used for another request body. Use a new key for a new request,"
            + " or send the first body again to get its job.",
        WireHeaders.IDEMPOTENCY_KEY);
  }

  private ApiError unknownRoute(String path) {
    return ApiError.of(
        404,
        "not_found",
        "There is no asynchronous route \""
            + Printable.excerpt(path.startsWith("/") ? path.substring(1) : path)
            + "\" here. There are: "
            + String.join(", ", settings.routes())
            + ".");
  }

  private static ApiError wrongMethod(
      Call.WrongMethod wrong, HttpServletRequest request, HttpServletResponse response) {
    String allowed = String.join(", ", wrong.allowed());
    response.setHeader(WireHeaders.ALLOW, allowed);
    return ApiError.of(
        405,
        "method_not_allowed",
        Printable.excerpt(request.getMethod()) + " does not work here; use " + allowed + ".");
  }

  /** One answer for all reasons, so that nothing can be learned from it. */
  private static ApiError notFound() {
    return ApiError.of(
        404,
        "job_not_found",
        "There is no such job for you: the id is wrong, the job has expired or was deleted, or it"
            + " was submitted on another route or with another credential.");
  }

  /** A path that is no route, and leads to no job either, is just a wrong path. */
  private ApiError notFoundOnPath(String route) {
    boolean isRoute = settings.routes().contains(route) || route.equals("/");
    return isRoute ? notFound() : unknownRoute(route);
  }

  private static ApiError noRoom(Admission.Reason reason) {
    return switch (reason) {
      case CALLER_QUEUE_FULL ->
          ApiError.of(
              429,
              "too_many_jobs",
              "Too many of your jobs are waiting. Try again when some of them are done.");
      case QUEUE_FULL ->
          ApiError.of(503, "overloaded", "Too many jobs are waiting. Try again shortly.");
      case STOPPING ->
          ApiError.of(503, "overloaded", "This server is stopping. Try again shortly.");
      case STORE_FULL ->
          ApiError.of(
              503,
              "overloaded",
              "The job store is full. Try again shortly, or delete jobs that are done.");
    };
  }

  private ApiError storeUnavailable(Throwable problem) {
    outage.goesOn(problem);
    return ApiError.of(
        503,
        "store_unavailable",
        "The job store cannot be reached at the moment. Try again shortly.");
  }
}
