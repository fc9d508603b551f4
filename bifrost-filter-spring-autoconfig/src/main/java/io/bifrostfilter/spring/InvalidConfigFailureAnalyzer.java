package io.bifrostfilter.spring;

import io.bifrostfilter.InvalidConfigException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Says which setting stopped the start-up, where it stands, and what is allowed. */
final class InvalidConfigFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigException> {

  private final Environment environment;

  InvalidConfigFailureAnalyzer(Environment environment) {
    this.environment = environment;
  }

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, InvalidConfigException cause) {
    String name = AsyncJobsProperties.PREFIX + "." + cause.setting();
    ConfigurationProperty found = find(name);
    String where =
        found == null || found.getOrigin() == null
            ? ""
            : " It is set in " + found.getOrigin() + ".";
    return new FailureAnalysis(
        cause.getMessage() + where,
        found == null
            ? "Set " + name + ", or give what else is named above."
            : "Set " + name + " to a value that is allowed, or leave it out if it has a default.",
        cause);
  }

  private @Nullable ConfigurationProperty find(String name) {
    // Lenient, since a webhook endpoint's name is whatever its operator likes.
    ConfigurationPropertyName wanted = ConfigurationPropertyName.adapt(name, '.');
    for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
      ConfigurationProperty found = source.getConfigurationProperty(wanted);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
