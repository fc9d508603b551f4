package io.bifrostfilter.store.codec;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Outcome;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A container's threads outlive the applications that they serve. */
class UndeployedAppTest {

  @Test
  @Timeout(60)
  void itsClassesAreNotKeptByAThreadThatWroteAndReadForTheStore() throws Exception {
    ExecutorService container = Executors.newSingleThreadExecutor();
    try {
      WeakReference<ClassLoader> app = container.submit(UndeployedAppTest::served).get();

      // A soft reference would hold it until the heap is full, and this until the timeout.
      while (app.get() != null) {
        System.gc();
      }
    } finally {
      container.shutdownNow();
    }
  }

  private static WeakReference<ClassLoader> served() throws Exception {
    try (var loader = new URLClassLoader(everything(), ClassLoader.getPlatformClassLoader())) {
      Class<?> work = loader.loadClass(Work.class.getName());
      ((Runnable) work.getDeclaredConstructor().newInstance()).run();
      return new WeakReference<>(loader);
    }
  }

  private static URL[] everything() throws MalformedURLException {
    var urls = new ArrayList<URL>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      urls.add(Path.of(entry).toUri().toURL());
    }
    return urls.toArray(URL[]::new);
  }

  /** Runs in classes of its own. */
  public static final class Work implements Runnable {

    @Override
    public void run() {
      var payloads = new Payloads(Keyring.parse("none"));
      UUID id = UUID.randomUUID();
      var outcome = new Outcome.Unanswered(Failure.TIMEOUT, "The handler gave no answer.");
      try {
        // Not compared: the JDK itself keeps the class of a record that it compared last.
        payloads.readOutcome(id, payloads.write(id, outcome));
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }
}
