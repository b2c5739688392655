/** A portal on what hey-api makes of the document, without the layer of the package. */
import { client } from "./generated/certificates/client.gen.js";
import * as api from "./generated/certificates/sdk.gen.js";

const { SITE = "", TOKEN = "", ROSTER = "", NUMBER = "", ISSUED_ON = "" } = process.env;
client.setConfig({ baseUrl: SITE, auth: () => TOKEN, throwOnError: true });

const question = { number: NUMBER, issued_on: ISSUED_ON };
const { data: verdict } = await api.verifyCertificate({ query: question, throwOnError: true });
console.log("one:", verdict.verdict, verdict.valid);

try {
  await api.verifyCertificate({ query: { ...question, number: "no number?" }, throwOnError: true });
} catch (problem) {
  const { rule, errors } = problem as { rule: string; errors: { pointer: string }[] };
  console.log("refused:", rule, ...errors.map((fault) => fault.pointer));
}

const { data: rows } = await api.verifyCertificates({ body: Array(1000).fill(question), throwOnError: true });
console.log("a thousand:", rows.items.filter((row) => row.answer?.valid).length);

const { data: job } = await api.createVerificationJob({
  body: `${JSON.stringify(question)}\n`.repeat(2500) as never, // lines, each of them a question
  bodySerializer: (lines) => lines,
  headers: { "Idempotency-Key": crypto.randomUUID() },
  throwOnError: true,
});
const path = { job_id: job.id };
console.log("a job of:", job.total);
for (let progress = job; progress.done < progress.total; ) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  ({ data: progress } = await api.getVerificationJob({ path, throwOnError: true }));
}
const { data: lines } = await api.streamJobAnswers({ path, parseAs: "text", throwOnError: true });
for (const answer of String(lines).trim().split("\n").map((line) => JSON.parse(line))) {
  if (answer.row % 500 === 0) console.log("answered:", answer.row);
}

for (let after = 0, last = 1; after < last; ) {
  const options = { path: { subscription_id: ROSTER }, query: { after }, throwOnError: true as const };
  const { data: page } = await api.listEvents(options);
  for (const event of page.items as unknown as { type: string; sequence: string; data: { number: string } }[]) {
    console.log("changed:", event.type.split(".")[2], event.data.number);
    after = Number(event.sequence);
  }
  last = page.last_sequence;
}
