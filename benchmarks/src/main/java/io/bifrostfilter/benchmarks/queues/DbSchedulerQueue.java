package io.bifrostfilter.benchmarks.queues;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.benchmarks.server.Payloads;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** db-scheduler with eight threads that lock and fetch, which is its fastest way. */
public final class DbSchedulerQueue implements DurableQueue {

  private static final int THREADS = 8;

  private static final String TABLE =
      """
      create table scheduled_tasks (
        task_name text not null,
        task_instance text not null,
        task_data bytea,
        execution_time timestamptz not null,
        picked boolean not null,
        picked_by text,
        last_success timestamptz,
        last_failure timestamptz,
        consecutive_failures int,
        last_heartbeat timestamptz,
        version bigint not null,
        priority smallint,
        primary key (task_name, task_instance));
      create index execution_time_idx on scheduled_tasks (execution_time);
      create index last_heartbeat_idx on scheduled_tasks (last_heartbeat);
      create index priority_execution_time_idx
        on scheduled_tasks (priority desc, execution_time asc);
      """;

  private final String payload = Payloads.request();
  private final OneTimeTask<String> task =
      Tasks.oneTime("no-op", String.class).execute((instance, context) -> {});
  private final HikariDataSource database;
  private final SchedulerClient client;
  private @Nullable Scheduler scheduler;

  public DbSchedulerQueue(Postgres postgres) {
    database = postgres.database("db_scheduler");
    Postgres.execute(database, TABLE);
    client = SchedulerClient.Builder.create(database, task).build();
  }

  @Override
  public String name() {
    return "db-scheduler";
  }

  @Override
  public void submit() {
    client.scheduleIfNotExists(task.instance(UUID.randomUUID().toString(), payload), Instant.now());
  }

  @Override
  public void startWorkers() {
    scheduler =
        Scheduler.create(database, task).threads(THREADS).pollUsingLockAndFetch(1.0, 4.0).build();
    scheduler.start();
  }

  @Override
  public void stopWorkers() {
    if (scheduler != null) {
      scheduler.stop();
    }
  }

  @Override
  public boolean hasUnfinished() {
    return Postgres.isAny(database, "scheduled_tasks");
  }

  @Override
  public void clear() {
    Postgres.execute(database, "truncate scheduled_tasks");
  }

  @Override
  public void close() {
    database.close();
  }
}
