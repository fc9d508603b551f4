package io.bifrostfilter.benchmarks.queues;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.benchmarks.server.Payloads;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.common.SqlStorageProviderFactory;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson.JacksonJsonMapper;
import org.jspecify.annotations.Nullable;

/** JobRunr, as its documentation sets it up, with eight workers. */
public final class JobRunrQueue implements DurableQueue {

  private static final int WORKERS = 8;

  private final String payload = Payloads.request();
  private final JsonMapper json = new JacksonJsonMapper();
  private final HikariDataSource database;
  private final StorageProvider storage;
  private final JobScheduler scheduler;
  private @Nullable BackgroundJobServer server;

  public JobRunrQueue(Postgres postgres) {
    database = postgres.database("jobrunr");
    storage = SqlStorageProviderFactory.using(database);
    storage.setJobMapper(new JobMapper(json));
    scheduler = new JobScheduler(storage);
  }

  /** The job. */
  public static void run(String payload) {
    // Does nothing, as the others do.
  }

  @Override
  public String name() {
    return "JobRunr";
  }

  @Override
  public void submit() {
    scheduler.enqueue(() -> run(payload));
  }

  @Override
  public void startWorkers() {
    server =
        new BackgroundJobServer(
            storage,
            json,
            null,
            BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                .andWorkerCount(WORKERS));
    server.start();
  }

  @Override
  public void stopWorkers() {
    if (server != null) {
      server.stop();
    }
  }

  @Override
  public boolean hasUnfinished() {
    return Postgres.isAny(database, "jobrunr_jobs where state in ('ENQUEUED', 'PROCESSING')");
  }

  @Override
  public void clear() {
    Postgres.execute(database, "truncate jobrunr_jobs");
  }

  @Override
  public void close() {
    storage.close();
    database.close();
  }
}
