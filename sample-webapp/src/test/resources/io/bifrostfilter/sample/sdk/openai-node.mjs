// The official OpenAI SDK for Node as it is: jobs are submitted and polled with nothing but extra
// headers on the calls it has anyway. Takes the base URL; prints one line of JSON with what came
// back, for OpenAiNodeTest to look at.
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "my-key" });
const model = "bifrost-sample";
const submit = { headers: { "x-bf-async": "true" } };
const poll = (id) => ({ headers: { "x-bf-async-id": id, Prefer: "wait=30" } });

// For the routes whose type has an id.
async function run(call) {
  const job = await call(submit);
  return { job, answer: await call(poll(job.id)) };
}

// For those whose type has none, the job's is in a header.
async function runByHeader(call) {
  const { response } = await call(submit).withResponse();
  const id = response.headers.get("x-bf-async-id");
  return { job: { id }, answer: await call(poll(id)) };
}

function chat(name, options) {
  const messages = [{ role: "user", content: "Do cats eat bats?" }];
  return client.chat.completions.create({ model: name, messages }, options);
}

async function failedChat(name) {
  const job = await chat(name, submit);
  try {
    await chat(name, poll(job.id));
  } catch (error) {
    const { constructor, status, code, param, message } = error;
    return { job, error: { type: constructor.name, status, code, param, message } };
  }
  return { job };
}

async function embeddings() {
  return runByHeader((options) => client.embeddings.create({ model, input: ["cats", "bats"] }, options));
}

async function speech() {
  const input = { model, voice: "alloy", input: "Oh dear! I shall be late!", response_format: "wav" };
  const job = await client.audio.speech.create(input, submit);
  const id = job.headers.get("x-bf-async-id");
  const answer = await client.audio.speech.create(input, poll(id));
  const bytes = Buffer.from(await answer.arrayBuffer());
  const type = answer.headers.get("content-type");
  return { job: { id }, answer: { begin: bytes.toString("latin1", 0, 4), size: bytes.length, type } };
}

async function transcription() {
  const file = await toFile(Buffer.from([1, 2, 3, 4, 5]), "rabbit.wav", { type: "audio/wav" });
  return runByHeader((options) => client.audio.transcriptions.create({ model, file }, options));
}

const results = {
  chat: await run((options) => chat(model, options)),
  completion: await run((options) =>
    client.completions.create({ model, prompt: "Down the rabbit hole", max_tokens: 12 }, options),
  ),
  embeddings: await embeddings(),
  response: await run((options) => client.responses.create({ model, input: "Do cats eat bats?" }, options)),
  speech: await speech(),
  transcription: await transcription(),
  overloaded: await failedChat("bifrost-sample-flaky"),
  unknown: await failedChat("no-such-model"),
};
// What a failed job would be without x-should-retry: false.
await chat("bifrost-sample-flaky", { maxRetries: 1, headers: { "x-test": "direct" } }).catch(() => {});
console.log(JSON.stringify(results));
