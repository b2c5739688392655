/** Events of rosters, as they are polled and as webhooks bring them. */

/** The numbers do not go on from yours; nothing of the page was handed over. */
export class EventsMissing extends Error {
  override name = "EventsMissing";
}

/**
 * A change of a certificate that is watched.
 *
 * `kind` is the type without its prefix and version, such as `renewal_due`; take a kind that you do
 * not know for one more change. A test event has no `sequence`. `content` is the whole CloudEvent.
 */
export interface RosterEvent {
  sequence: number | null;
  kind: string;
  number: string | null;
  isValid: boolean | null;
  content: Record<string, unknown>;
}

/** The event of a CloudEvent in JSON. */
export function parseEvent(content: Record<string, unknown>): RosterEvent {
  const data = (content["data"] ?? {}) as { number?: string; valid?: boolean };
  const sequence = content["sequence"];
  return {
    sequence: sequence === undefined ? null : Number(sequence),
    kind: String(content["type"]).replace(/^attesta\.roster\./, "").replace(/\.[^.]*$/, ""),
    number: data.number ?? null,
    isValid: data.valid ?? null,
    content,
  };
}

/** The events of a page after this number. Throws `EventsMissing`. */
export function readEvents(contents: readonly Record<string, unknown>[], after: number): RosterEvent[] {
  const events = contents.map(parseEvent);
  if (events.some((event, index) => event.sequence !== after + 1 + index)) {
    throw new EventsMissing(`the page does not go on after ${after}`);
  }
  return events;
}
