// The page: builds a request, sends it either way, and follows the job. Every address is relative, so that it works
// under any context path.

const MODEL = "bifrost-sample";
const QUESTION = "Why is a raven like a writing-desk?";
const FINISHED = ["completed", "failed"];

const EXAMPLES = {
  "chat/completions": { model: MODEL, messages: [{ role: "user", content: QUESTION }], seed: 7, max_tokens: 80 },
  "responses": { model: MODEL, input: QUESTION, seed: 7, max_output_tokens: 80 },
  "completions": { model: MODEL, prompt: "Alice was not a bit", seed: 7, max_tokens: 60 },
  "embeddings": { model: MODEL, input: ["Down the rabbit-hole", "Down a rabbit hole"], dimensions: 8 },
  "rerank": {
    model: MODEL,
    query: "a tea party",
    documents: ["The Hatter and the March Hare had a party at tea-time.", "She fell down a very deep well."],
    return_documents: true,
  },
  "audio/speech": { model: MODEL, input: "Curiouser and curiouser! cried Alice.", voice: "alloy" },
  "audio/transcriptions": { model: MODEL, response_format: "json" },
};

const $ = (id) => document.getElementById(id);
const form = $("request");
let run = null; // what is under way: how to stop it, when it began, and the job if it is one

// --- the request ---------------------------------------------------------------------------------------------------

const route = () => $("endpoint").value;
const isAsync = () => form.elements.mode.value === "async";
const isMultipart = () => route() === "audio/transcriptions";
const path = () => `v1/${isAsync() ? "async/" : ""}${route()}`;
const jobPath = (job) => `v1/async/${job.route}/${encodeURIComponent(job.id)}`;

function headers() {
  const delay = $("delay").value.trim();
  const credential = $("credential").value.trim();
  return {
    ...(isMultipart() ? {} : { "content-type": "application/json" }),
    ...(delay && delay !== "0" ? { "x-sample-delay-ms": delay } : {}),
    ...(credential ? { authorization: `Bearer ${credential}` } : {}),
  };
}

function body() {
  if (!isMultipart()) {
    return $("body").value;
  }
  const data = new FormData();
  for (const [name, value] of Object.entries(JSON.parse($("body").value))) {
    data.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  data.append("file", $("file").files[0] ?? new File(["Oh dear! Oh dear! I shall be late!"], "rabbit.txt", { type: "text/plain" }));
  return data;
}

function curl() {
  const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const at = (to) => quote(new URL(to, document.baseURI).href);
  const { authorization, ...others } = headers();
  const credential = authorization ? ['-H "Authorization: Bearer $API_KEY"'] : [];
  const lines = [
    `curl ${at(path())}`,
    ...credential,
    ...Object.entries(others).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(isMultipart() ? formFields().map((field) => `-F ${quote(field)}`) : [`-d ${quote($("body").value)}`]),
    ...(route() === "audio/speech" && !isAsync() ? ["-o speech.wav"] : []),
  ];
  const submit = lines.join(" \\\n  ");
  if (!isAsync()) {
    return submit;
  }
  const id = run?.job?.route === route() ? run.job.id : "<id>";
  const poll = new URL(`v1/async/${route()}/`, document.baseURI).href + id;
  return `${submit}\n\n${["curl " + quote(poll), ...credential].join(" \\\n  ")}`;
}

function formFields() {
  try {
    const fields = Object.entries(JSON.parse($("body").value)).map(([name, value]) => `${name}=${value}`);
    return [...fields, `file=@${$("file").files[0]?.name ?? "rabbit.txt"}`];
  } catch {
    return ["file=@rabbit.txt"];
  }
}

// --- the answer ----------------------------------------------------------------------------------------------------

function clear() {
  for (const id of ["problem", "said", "player", "json"]) {
    $(id).hidden = true;
  }
  URL.revokeObjectURL($("player").src);
  $("player").removeAttribute("src");
}

function show(id, text) {
  $(id).textContent = text;
  $(id).hidden = false;
}

function say(text) {
  // Only what is new: every change is read aloud.
  if ($("status").textContent !== text) {
    $("status").textContent = text;
  }
}

function step(status) {
  const order = ["pending", "processing", "done"];
  const at = FINISHED.includes(status) ? 2 : order.indexOf(status);
  for (const [i, item] of [...$("steps").children].entries()) {
    item.className = i < at ? "past" : i === at ? "now" : "";
  }
  const last = $("steps").lastElementChild;
  last.textContent = status === "failed" ? "failed" : "completed";
  if (at === 2) {
    last.classList.add(status === "failed" ? "bad" : "good");
  }
}

function play(base64, type) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  playBlob(new Blob([bytes], { type }));
}

function playBlob(blob) {
  $("player").src = URL.createObjectURL(blob);
  $("player").hidden = false;
}

/** What a model said, wherever the route's answer has it. */
function spoken(result) {
  return (
    result?.choices?.[0]?.message?.content ??
    result?.choices?.[0]?.text ??
    result?.output?.flatMap((item) => item.content ?? []).map((part) => part.text).join("") ??
    result?.text
  );
}

/** Long base64 would bury the rest. */
const pretty = (value) =>
  JSON.stringify(value, (key, it) => (typeof it === "string" && it.length > 2000 ? `${it.slice(0, 80)}… (${it.length} characters)` : it), 2);

function problem(error, status) {
  const said = error?.message ?? "The answer is no JSON error.";
  const details = [status && `HTTP ${status}`, error?.code, error?.param && `parameter ${error.param}`];
  show("problem", `${said} (${details.filter(Boolean).join(", ")})`);
}

function showResult(result) {
  const text = spoken(result);
  if (text) {
    show("said", text);
  }
  if (result?.audio) {
    play(result.audio, result.content_type);
  }
}

// --- sending -------------------------------------------------------------------------------------------------------

async function json(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`HTTP ${response.status} with an answer that is no JSON: ${text.slice(0, 200)}`);
  }
}

async function sendSync(signal) {
  say("Waiting for the answer…");
  const response = await fetch(path(), { method: "POST", headers: headers(), body: body(), signal });
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok) {
    const answer = await json(response);
    problem(answer.error, response.status);
    show("json", pretty(answer));
    say("The request failed.");
    return;
  }
  if (type.startsWith("audio/")) {
    playBlob(await response.blob());
  } else if (type.startsWith("text/event-stream")) {
    await showStream(response);
  } else if (type.includes("json")) {
    const answer = await json(response);
    showResult(answer);
    show("json", pretty(answer));
  } else {
    show("json", await response.text());
  }
  say(`Answered with HTTP ${response.status}.`);
}

async function showStream(response) {
  show("json", "");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    $("json").textContent += read.value;
  }
}

async function sendAsync(signal) {
  const jobRoute = route();
  say("Submitting…");
  const response = await fetch(path(), { method: "POST", headers: headers(), body: body(), signal });
  const submitted = await json(response);
  if (!response.ok) {
    problem(submitted.error, response.status);
    show("json", pretty(submitted));
    say("The job was refused.");
    return;
  }
  run.job = { id: submitted.id, route: jobRoute, headers: headers() };
  $("cancel").disabled = false;
  updateCurl();
  await follow(submitted, response.headers.get("retry-after"), signal);
}

/** Polls, as often as the server asks for, until the job is done. */
async function follow(envelope, retryAfter, signal) {
  while (showJob(envelope), !FINISHED.includes(envelope.status)) {
    await pause((Number(retryAfter) || 1) * 1000, signal);
    const response = await fetch(jobPath(run.job), { headers: run.job.headers, signal });
    const answer = await json(response);
    if (!response.ok && !FINISHED.includes(answer.status)) {
      problem(answer.error, response.status);
      say("The job cannot be polled any more.");
      return;
    }
    retryAfter = response.headers.get("retry-after");
    envelope = answer;
  }
}

function showJob(envelope) {
  step(envelope.status);
  show("json", pretty(envelope));
  say(`Job ${envelope.id}: ${envelope.status}.`);
  if (envelope.status === "failed") {
    problem(envelope.error?.error ?? envelope.error, envelope.status_code);
  } else if (envelope.status === "completed") {
    showResult(envelope.result);
  }
}

function pause(millis, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

async function send() {
  run?.stop.abort();
  const mine = { stop: new AbortController(), began: performance.now(), job: null };
  run = mine;
  clear();
  step("");
  $("steps").hidden = !isAsync();
  $("send").disabled = true;
  $("cancel").disabled = isAsync();
  const ticking = setInterval(tick, 100);
  try {
    await (isAsync() ? sendAsync(mine.stop.signal) : sendSync(mine.stop.signal));
  } catch (failure) {
    if (failure.name !== "AbortError") {
      show("problem", failure.message);
      say("The request failed.");
    }
  } finally {
    clearInterval(ticking);
    tick();
    $("send").disabled = false;
    $("cancel").disabled = true;
  }
}

function tick() {
  $("elapsed").textContent = `${((performance.now() - run.began) / 1000).toFixed(1)} s`;
}

async function cancel() {
  const { job, stop } = run;
  stop.abort();
  if (!job) {
    say("Stopped waiting.");
    return;
  }
  try {
    const { "content-type": unused, "x-sample-delay-ms": unusedToo, ...credential } = job.headers;
    const response = await fetch(`${jobPath(job)}/cancel`, { method: "POST", headers: credential });
    const answer = await json(response);
    if (response.ok) {
      showJob(answer);
    } else {
      problem(answer.error, response.status);
    }
  } catch (failure) {
    show("problem", failure.message);
  }
}

// --- the page ------------------------------------------------------------------------------------------------------

function updateCurl() {
  $("curl").textContent = curl();
}

function chooseEndpoint() {
  $("body").value = JSON.stringify(EXAMPLES[route()], null, 2);
  $("file-row").hidden = !isMultipart();
  updateCurl();
}

async function copy() {
  try {
    await navigator.clipboard.writeText($("curl").textContent);
    $("copy").textContent = "Copied";
  } catch {
    // Without HTTPS there is no clipboard: select it, so that one key press copies it.
    getSelection().selectAllChildren($("curl"));
    $("copy").textContent = "Press Ctrl+C";
  }
  setTimeout(() => ($("copy").textContent = "Copy"), 2000);
}

for (const name of Object.keys(EXAMPLES)) {
  $("endpoint").add(new Option(`POST /v1/${name}`, name));
}
$("endpoint").addEventListener("change", chooseEndpoint);
form.addEventListener("input", updateCurl);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
$("cancel").addEventListener("click", cancel);
$("copy").addEventListener("click", copy);
chooseEndpoint();
