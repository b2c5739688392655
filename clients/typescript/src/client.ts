import createClient, { type Client } from "openapi-fetch";
import { ChainBroken, checkEntries, EMPTY_CHAIN } from "./chain.js";
import { readEvents, type RosterEvent } from "./events.js";
import type { paths as ApplicationsPaths } from "./generated/applications.js";
import type { paths as CatalogPaths } from "./generated/catalog.js";
import type { components, paths as CertificatesPaths } from "./generated/certificates.js";
import { AnswerBroken, JobCancelled, readAnswer } from "./problems.js";

type Schemas = components["schemas"];
export type Verification = Schemas["VerificationAnswer"];
export type RowAnswer = Schemas["RowAnswer"];
export type FeedEntry = Schemas["FeedEntryAnswer"];
export type JobProgress = Schemas["JobAnswer"];

/** An access token, or what gives the present one each time: tokens live for minutes. */
export type Token = string | (() => string | Promise<string>);

/** A certificate by its number and date of issue (`YYYY-MM-DD`), as printed. */
export interface Question {
  number: string;
  issued_on: string;
}

/** The same with a person's names: the answer says whether it is of the person so called. */
export interface NamedQuestion extends Question {
  name?: Schemas["PersonNames"];
}

/** `on` is a past day, today if it is left out; `withEvidence` adds a signed statement. */
export interface VerificationOptions {
  on?: string;
  withEvidence?: boolean;
}

/** How often a stream that is broken off without a new line is asked for. */
const MOST_ATTEMPTS = 5;

/**
 * The platform at an address, for a holder of a token; verification needs none.
 *
 * `certificates`, `applications` and `catalog` are clients for every operation, by its path.
 */
export class Attesta {
  readonly certificates: Client<CertificatesPaths>;
  readonly applications: Client<ApplicationsPaths>;
  readonly catalog: Client<CatalogPaths>;

  constructor(site: string, token?: Token) {
    this.certificates = createClient<CertificatesPaths>({ baseUrl: site });
    this.applications = createClient<ApplicationsPaths>({ baseUrl: site });
    this.catalog = createClient<CatalogPaths>({ baseUrl: site });
    const sendToken = async ({ request }: { request: Request }) => {
      const present = typeof token === "function" ? await token() : token;
      if (present) {
        request.headers.set("Authorization", `Bearer ${present}`);
      }
    };
    for (const client of [this.certificates, this.applications, this.catalog]) {
      client.use({ onRequest: sendToken });
    }
  }

  /** The verdict on one certificate today, or on a past day. */
  async verify(number: string, issuedOn: string, options: VerificationOptions = {}): Promise<Verification> {
    const query = { number, issued_on: issuedOn, ...describeOptions(options) };
    return readAnswer(await this.certificates.GET("/v1/verification", { params: { query } }));
  }

  /** A row for each of up to a thousand questions, in their order; a bad one has `errors`. */
  async verifyMany(questions: Question[], options: VerificationOptions = {}): Promise<RowAnswer[]> {
    const params = { query: describeOptions(options) };
    return readAnswer(await this.certificates.POST("/v1/verification/many", { params, body: questions })).items;
  }

  /** A job of up to a hundred thousand questions. The same `idempotencyKey` is the same job. */
  async beginVerification(
    questions: Iterable<NamedQuestion>,
    options: VerificationOptions & { idempotencyKey?: string } = {},
  ): Promise<VerificationJob> {
    const body = Array.from(questions, (question) => JSON.stringify(question)).join("\n");
    const key = options.idempotencyKey ?? crypto.randomUUID();
    const job = readAnswer(
      await this.certificates.POST("/v1/verification/jobs", {
        params: { query: describeOptions(options), header: { "Idempotency-Key": key } },
        headers: { "Content-Type": "application/x-ndjson" },
        body,
        bodySerializer: (lines) => lines,
      }),
    );
    return new VerificationJob(this, job.id);
  }

  /**
   * The registry's entries after a position, each page proved before it is handed over.
   *
   * Keep `position` and `chain` of the last entry together with it, and go on from there. Ends at
   * the last entry that there is, or goes on asking after pauses. Throws `ChainBroken`, at the end
   * also where a content is absent and no later entry tells of its erasure.
   */
  async *feed(position = 0, chain = EMPTY_CHAIN, options: { pauseSeconds?: number } = {}): AsyncGenerator<FeedEntry> {
    let absent: ReadonlySet<string> = new Set();
    for (;;) {
      const query = { after: position };
      const page = readAnswer(await this.certificates.GET("/v1/registry/feed", { params: { query } }));
      absent = await checkEntries(page.items, position, chain, page, absent);
      yield* page.items;
      position += page.items.length;
      chain = page.after_chain;
      if (page.items.length === 0) {
        if (absent.size > 0) {
          throw new ChainBroken("a content is absent, and nothing says that it was erased");
        }
        if (options.pauseSeconds === undefined) {
          return;
        }
        await pause(options.pauseSeconds);
      }
    }
  }

  /**
   * The events of a roster after a number, without a gap. Throws `EventsMissing`.
   *
   * Ends at the last one that there is, once `waitSeconds` have passed without another.
   */
  async *events(subscriptionId: string, after = 0, options: { waitSeconds?: number } = {}): AsyncGenerator<RosterEvent> {
    for (;;) {
      const path = { subscription_id: subscriptionId };
      const query = { after, wait: options.waitSeconds ?? 0 };
      const page = readAnswer(
        await this.certificates.GET("/v1/subscriptions/{subscription_id}/events", { params: { path, query } }),
      );
      yield* readEvents(page.items, after);
      if (page.items.length === 0) {
        return;
      }
      after += page.items.length;
    }
  }
}

/** A job of verification: how far it is, and its answers as they come. */
export class VerificationJob {
  /** A job that was begun earlier is taken up by its `id`. */
  constructor(
    private readonly attesta: Attesta,
    readonly id: string,
  ) {}

  /** How many rows are `done` of the `total`. */
  async progress(): Promise<JobProgress> {
    const params = { path: { job_id: this.id } };
    return readAnswer(await this.attesta.certificates.GET("/v1/verification/jobs/{job_id}", { params }));
  }

  /** Has no more rows answered; throws `Refused` where all are answered already. */
  async cancel(): Promise<JobProgress> {
    const params = { path: { job_id: this.id } };
    return readAnswer(await this.attesta.certificates.POST("/v1/verification/jobs/{job_id}/cancel", { params }));
  }

  /**
   * A row for each question after a row, in their order, to the last one of the job.
   *
   * Waits for rows that are not answered yet, and goes on where an answer was broken off. Throws
   * `AnswerBroken`; `JobCancelled` after the rows that were answered before.
   */
  async *answers(after = 0, options: { pauseSeconds?: number } = {}): AsyncGenerator<RowAnswer> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      let end: { total: number } | undefined;
      for await (const line of this.readLines(after)) {
        const content = JSON.parse(line);
        if (content.end) {
          end = content;
        } else {
          yield content;
          after = content.row;
          attempt = 0;
        }
      }
      if (end !== undefined && after >= end.total) {
        return;
      }
      if (end !== undefined) {
        attempt = 0;
        await this.checkCancellation(after);
      }
      await pause(options.pauseSeconds ?? 1);
    }
    throw new AnswerBroken(`the answers after ${after} of the job ${this.id} do not come`);
  }

  /** Throws `JobCancelled` where no row after this one will be answered. */
  private async checkCancellation(after: number): Promise<void> {
    const progress = await this.progress();
    if (progress.done === after && progress.cancelled_at) {
      throw new JobCancelled(`the job ${this.id} was cancelled after ${after} rows`);
    }
  }

  /** The lines that come whole. */
  private async *readLines(after: number): AsyncGenerator<string> {
    const params = { path: { job_id: this.id }, query: { after } };
    let rest = "";
    try {
      const stream = readAnswer(
        await this.attesta.certificates.GET("/v1/verification/jobs/{job_id}/answers", { params, parseAs: "stream" }),
      );
      for await (const text of stream?.pipeThrough(new TextDecoderStream()) ?? []) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        yield* lines;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) {
        throw error; // a TypeError is how `fetch` says that the connection broke
      }
    }
  }
}

function describeOptions(options: VerificationOptions): { on?: string; with_evidence?: boolean } {
  return {
    ...(options.on === undefined ? {} : { on: options.on }),
    ...(options.withEvidence === undefined ? {} : { with_evidence: options.withEvidence }),
  };
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
