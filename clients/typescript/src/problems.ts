/** Refusals as errors, and answers as what they must be. */

/** What is wrong with one member of a request; `pointer` says which (RFC 6901). */
export interface FieldError {
  pointer: string;
  rule: string;
  detail: string;
}

/** The service refused the request: `rule` is the stable code of the reason. */
export class Refused extends Error {
  readonly rule: string;
  readonly errors: FieldError[];
  /** The request, to those whom you ask for help. */
  readonly instance: string;
  /** Seconds after which to try again, of 429 and 503. */
  readonly retryAfter: number | undefined;

  constructor(
    readonly status: number,
    problem: { rule?: string; detail?: string; instance?: string; errors?: FieldError[] },
    retryAfter: string | null,
  ) {
    const faults = (problem.errors ?? []).map((fault) => `${fault.pointer}: ${fault.detail}`);
    super([`${status} ${problem.rule ?? ""}`.trim(), problem.detail, ...faults].filter(Boolean).join(": "));
    this.name = "Refused";
    this.rule = problem.rule ?? "";
    this.errors = problem.errors ?? [];
    this.instance = problem.instance ?? "";
    this.retryAfter = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined;
  }
}

/** An answer was broken off before its end, and again when it was asked for anew. */
export class AnswerBroken extends Error {
  override name = "AnswerBroken";
}

/** The job was cancelled: the rows that are left will not be answered. */
export class JobCancelled extends Error {
  override name = "JobCancelled";
}

/** The body of a successful answer. Throws `Refused` for every other. */
export function readAnswer<T>(result: { data?: T; error?: unknown; response: Response }): T {
  const { data, error, response } = result;
  if (!response.ok || data === undefined) {
    const problem = typeof error === "object" && error !== null ? error : {};
    throw new Refused(response.status, problem, response.headers.get("Retry-After"));
  }
  return data;
}
