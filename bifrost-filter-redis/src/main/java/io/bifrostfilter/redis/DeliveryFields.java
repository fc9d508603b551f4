package io.bifrostfilter.redis;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.job.JobStatus;
import java.util.Locale;
import java.util.UUID;

/**
 * How deliveries and attempts are read from their hashes, and attempts are written. A delivery's is
 * there as long as it has an attempt, so that the attempt does not hold again what is in it. The
 * scripts know these names, too.
 */
final class DeliveryFields {

  private DeliveryFields() {}

  /**
   * @param shown as claim_deliveries.lua answers
   */
  static ClaimedDelivery claimed(Reply shown) {
    Fields fields = Fields.of(shown.list(2));
    return new ClaimedDelivery(
        delivery(shown.id(1), fields), fields.integer("next_attempt"), shown.number(0));
  }

  private static Delivery delivery(UUID jobId, Fields fields) {
    return new Delivery(
        Delivery.webhookIdOf(jobId),
        fields.id("endpoint"),
        jobId,
        fields.text("request_id"),
        fields.text("route"),
        JobStatus.valueOf(fields.text("status").toUpperCase(Locale.ROOT)),
        fields.integer("code"),
        fields.instant("completed"),
        fields.instant("expires"));
  }

  /** As record_attempt.lua takes it. */
  static void write(Attempt attempt, Arguments arguments) {
    arguments.add(attempt.id());
    arguments.add(attempt.createdAt().toEpochMilli());
    arguments.add(attempt.outcome().wireName());
    arguments.add("no").add(attempt.attemptNo());
    if (attempt.statusCode() != null) {
      arguments.add("code").add(attempt.statusCode());
    }
    if (attempt.error() != null) {
      arguments.add("error").add(attempt.error());
    }
  }

  /**
   * @param shown its id and fields, and the same of its delivery
   */
  static Attempt attempt(Reply shown) {
    Fields fields = Fields.of(shown.list(1));
    Delivery delivery = delivery(shown.id(2), Fields.of(shown.list(3)));
    return new Attempt(
        shown.id(0),
        delivery.webhookId(),
        delivery.endpointId(),
        delivery.jobId(),
        delivery.requestId(),
        delivery.event(),
        fields.integer("no"),
        AttemptOutcome.valueOf(fields.text("outcome").toUpperCase(Locale.ROOT)),
        fields.find("code") == null ? null : fields.integer("code"),
        fields.find("error"),
        fields.instant("made"));
  }
}
