/** A client of the Attesta platform: see `Attesta`. */
export { Attesta, VerificationJob } from "./client.js";
export type {
  FeedEntry,
  JobProgress,
  NamedQuestion,
  Question,
  RowAnswer,
  Token,
  Verification,
  VerificationOptions,
} from "./client.js";
export { ChainBroken, EMPTY_CHAIN } from "./chain.js";
export { EventsMissing } from "./events.js";
export type { RosterEvent } from "./events.js";
export { AnswerBroken, JobCancelled, Refused } from "./problems.js";
export type { FieldError } from "./problems.js";
export { MessageForged, readMessage } from "./webhooks.js";
export type { Message } from "./webhooks.js";
