/** A portal: verifies one certificate, a thousand, a whole staff, and follows what changes. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Attesta, Refused } from "attesta-client";

const { SITE = "", TOKEN = "", ROSTER = "", NUMBER = "", ISSUED_ON = "", POSITION_FILE = "" } = process.env;
const attesta = new Attesta(SITE, TOKEN);

const verdict = await attesta.verify(NUMBER, ISSUED_ON);
console.log("one:", verdict.verdict, verdict.valid);

try {
  await attesta.verify("no number?", ISSUED_ON);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.log("refused:", error.rule, ...error.errors.map((fault) => fault.pointer));
}

const question = { number: NUMBER, issued_on: ISSUED_ON };
const rows = await attesta.verifyMany(Array(1000).fill(question));
console.log("a thousand:", rows.filter((row) => row.answer?.valid).length);

const job = await attesta.beginVerification(Array(2500).fill(question));
console.log("a job of:", (await job.progress()).total);
for await (const row of job.answers(0, { pauseSeconds: 0.2 })) {
  if (row.row % 500 === 0) console.log("answered:", row.row);
}

const after = existsSync(POSITION_FILE) ? Number(readFileSync(POSITION_FILE, "utf8")) : 0;
for await (const event of attesta.events(ROSTER, after)) {
  console.log("changed:", event.kind, event.number);
  writeFileSync(POSITION_FILE, String(event.sequence)); // together with what you keep of it
}
