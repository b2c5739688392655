// What the layer for TypeScript promises, against a running service; prints what it finds as JSON.
import { readFileSync } from "node:fs";
import { AnswerBroken, Attesta, ChainBroken, EMPTY_CHAIN, readMessage, Refused, VerificationJob } from "attesta-client";
import { checkEntries } from "./dist/chain.js";

const { SITE, TOKEN, ROSTER, NUMBER, BREAKING_SITE } = process.env;
const attesta = new Attesta(SITE, async () => TOKEN);
const question = { number: NUMBER, issued_on: "2026-03-02" };
const found = {};

const past = await attesta.verify(NUMBER, "2026-03-02", { on: "2026-03-01", withEvidence: true });
found.past = [past.verdict, past.evidence.split(".").length];
const rows = await attesta.verifyMany([question, { ...question, number: "no number?" }]);
found.rows = rows.map((row) => row.answer?.verdict ?? row.errors[0].pointer);

const entries = await collect(attesta.feed());
const [first, second, third] = entries;
found.feed = entries.map((entry) => entry.position);
found.rest = (await collect(attesta.feed(first.position, first.chain))).map((entry) => entry.position);
found.events = (await collect(attesta.events(ROSTER, 1))).map((event) => [event.sequence, event.kind, event.number]);

found.altered = [];
for (const page of [
  entries,
  [first, { ...second, content: null }, third],
  [first, third],
  [first, second],
  [first, { ...second, content: "{}" }, third],
  [first, { ...second, digest: first.digest }, third],
  [first, { ...second, content_digest: first.content_digest, content: null }, third],
  [first, { ...second, event: "erased" }, third],
  [first, { ...second, recorded_at: "2026-03-02T09:00:01Z" }, third],
  [first, { ...second, chain: first.chain }, third],
]) {
  const ends = { before_chain: EMPTY_CHAIN, after_chain: third.chain };
  found.altered.push(await name(checkEntries(page, 0, EMPTY_CHAIN, ends)));
}
found.otherChain = await name(attesta.feed(first.position, second.chain).next());

const stranger = new Attesta(SITE);
found.stranger = await name(stranger.verifyMany([question]));
found.unknownJob = await name(new VerificationJob(attesta, crypto.randomUUID()).answers().next());

const breaking = new Attesta(BREAKING_SITE, TOKEN);
const options = { idempotencyKey: "staff-2026-03-02" };
const job = await breaking.beginVerification(Array(700).fill(question), options);
found.sameJob = (await breaking.beginVerification(Array(700).fill(question), options)).id === job.id;
found.answers = (await collect(job.answers(0, { pauseSeconds: 0.02 }))).map((row) => row.row);

found.cancelled = await name(job.cancel());

found.messages = JSON.parse(readFileSync(0, "utf8")).map(({ secret, body, headers }) => {
  try {
    const message = readMessage(secret, body, headers);
    return message.reply ?? message.events.map(({ sequence, kind, isValid }) => [sequence, kind, isValid]);
  } catch (error) {
    return error.name;
  }
});
console.log(JSON.stringify(found));

async function collect(items) {
  const collected = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function name(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    if (error instanceof Refused) return `${error.status} ${error.rule}`;
    if (error instanceof ChainBroken || error instanceof AnswerBroken) return error.name;
    throw error;
  }
}
