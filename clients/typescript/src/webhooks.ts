/** Messages of webhooks: who signed one, and what it says. */
import { Webhook } from "standardwebhooks";
import { parseEvent, type RosterEvent } from "./events.js";

/** The message is not signed by your secret, or too old: answer 401 and nothing else. */
export class MessageForged extends Error {
  override name = "MessageForged";
}

/**
 * A message that is signed: events, or the challenge of a handshake.
 *
 * Answer a challenge with 200 and `reply` as JSON; events with 204 once they are kept.
 */
export interface Message {
  events: RosterEvent[];
  reply?: Record<string, unknown>;
}

/** The message in the body of a request, exactly as it came. Throws `MessageForged`. */
export function readMessage(secret: string, body: string, headers: Record<string, string>): Message {
  let content: unknown;
  try {
    content = new Webhook(secret).verify(body, headers);
  } catch (error) {
    throw new MessageForged(String(error));
  }
  const contents = (Array.isArray(content) ? content : [content]) as Record<string, unknown>[];
  const [first] = contents;
  if (first !== undefined && "challenge" in first) {
    return { events: [], reply: first };
  }
  return { events: contents.map(parseEvent) };
}
