package io.bifrostfilter;

import io.bifrostfilter.dispatch.PlaybackMarkers;
import io.bifrostfilter.job.Playback;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request that carries a marker, without it. If the marker was genuine, it also shows the caller
 * that the job came from, rather than ourselves.
 */
final class PlaybackRequest extends HttpServletRequestWrapper {

  private final Optional<Playback> playback;

  PlaybackRequest(HttpServletRequest request, Optional<Playback> playback) {
    super(request);
    this.playback = playback;
    playback.ifPresent(
        genuine ->
            request.setAttribute(AsyncJobFilter.JOB_ID_ATTRIBUTE, genuine.jobId().toString()));
  }

  @Override
  public @Nullable String getHeader(String name) {
    return isMarker(name) ? null : super.getHeader(name);
  }

  @Override
  public Enumeration<String> getHeaders(String name) {
    return isMarker(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
  }

  @Override
  public Enumeration<String> getHeaderNames() {
    List<String> names = Collections.list(super.getHeaderNames());
    names.removeIf(PlaybackRequest::isMarker);
    return Collections.enumeration(names);
  }

  @Override
  public String getRemoteAddr() {
    return playback.map(genuine -> genuine.caller().address()).orElseGet(super::getRemoteAddr);
  }

  @Override
  public String getRemoteHost() {
    return playback.map(genuine -> genuine.caller().host()).orElseGet(super::getRemoteHost);
  }

  @Override
  public int getRemotePort() {
    return playback.map(genuine -> genuine.caller().port()).orElseGet(super::getRemotePort);
  }

  private static boolean isMarker(String name) {
    return PlaybackMarkers.HEADER.equalsIgnoreCase(name);
  }
}
