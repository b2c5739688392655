/** The hash chain of the registry's feed: what was dropped, doubled or altered shows. */

/** The chain before the first entry. */
export const EMPTY_CHAIN = "00".repeat(32);

/** The page does not follow from your position and chain; nothing of it was handed over. */
export class ChainBroken extends Error {
  override name = "ChainBroken";
}

export interface ChainedEntry {
  position: number;
  subject: string;
  subject_id: string;
  event: string;
  recorded_at: string;
  content: string | null;
  content_digest: string;
  digest: string;
  chain: string;
}

/**
 * The subjects with an absent content, `absent` before, whose erasure is still to follow.
 *
 * Throws `ChainBroken` where the entries do not go on from `position` and `chain`.
 */
export async function checkEntries(
  entries: readonly ChainedEntry[],
  position: number,
  chain: string,
  page: { before_chain: string; after_chain: string },
  absent: ReadonlySet<string> = new Set(),
): Promise<ReadonlySet<string>> {
  const remaining = new Set(absent);
  if (page.before_chain !== chain) {
    throw new ChainBroken(`the chain at ${position} is another than yours`);
  }
  for (const entry of entries) {
    position += 1;
    if (entry.position !== position) {
      throw new ChainBroken(`${entry.position} stands where ${position} must stand`);
    }
    await checkEntry(entry);
    const link = new Uint8Array(72);
    link.set(readHex(chain), 0);
    new DataView(link.buffer).setBigUint64(32, BigInt(position));
    link.set(readHex(entry.digest), 40);
    chain = await digest(link);
    if (entry.chain !== chain) {
      throw new ChainBroken(`the chain at ${position} is another`);
    }
    // Erased content leaves its digest, so that the chain still proves all the others.
    if (entry.content === null) {
      remaining.add(entry.subject_id);
    } else if (entry.event === "erased") {
      remaining.delete(entry.subject_id);
    }
  }
  if (page.after_chain !== chain) {
    throw new ChainBroken(`the page does not end with the chain at ${position}`);
  }
  return remaining;
}

/** Throws `ChainBroken` where the entry says something else than its digests. */
async function checkEntry(entry: ChainedEntry): Promise<void> {
  const content = entry.content;
  if (content !== null && (await digestText(content)) !== entry.content_digest) {
    throw new ChainBroken(`the content of ${entry.position} is not what its digest says`);
  }
  const lines = [entry.subject, entry.subject_id, entry.event, entry.recorded_at, entry.content_digest];
  if ((await digestText(lines.join("\n"))) !== entry.digest) {
    throw new ChainBroken(`what ${entry.position} says is not what its digest says`);
  }
}

async function digestText(text: string): Promise<string> {
  return digest(new TextEncoder().encode(text));
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readHex(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new ChainBroken(`no digest: ${text}`);
  }
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
