/** The hash chain of the registry's feed: what was dropped, doubled or altered shows. */

/** The chain before the first entry. */
export const EMPTY_CHAIN = "00".repeat(32);

/** The page does not follow from your position and chain; nothing of it was handed over. */
export class ChainBroken extends Error {
  override name = "ChainBroken";
}

export interface ChainedEntry {
  position: number;
  content: string | null;
  digest: string;
  chain: string;
}

/** Throws `ChainBroken` where the entries do not go on from `position` and `chain`. */
export async function checkEntries(
  entries: readonly ChainedEntry[],
  position: number,
  chain: string,
  page: { before_chain: string; after_chain: string },
): Promise<void> {
  if (page.before_chain !== chain) {
    throw new ChainBroken(`the chain at ${position} is another than yours`);
  }
  for (const entry of entries) {
    position += 1;
    if (entry.position !== position) {
      throw new ChainBroken(`${entry.position} stands where ${position} must stand`);
    }
    // Erased content leaves its digest, so that the chain still proves all the others.
    const content = entry.content;
    if (content !== null && (await digest(new TextEncoder().encode(content))) !== entry.digest) {
      throw new ChainBroken(`the content of ${position} is not what its digest says`);
    }
    const link = new Uint8Array(72);
    link.set(readHex(chain), 0);
    new DataView(link.buffer).setBigUint64(32, BigInt(position));
    link.set(readHex(entry.digest), 40);
    chain = await digest(link);
    if (entry.chain !== chain) {
      throw new ChainBroken(`the chain at ${position} is another`);
    }
  }
  if (page.after_chain !== chain) {
    throw new ChainBroken(`the page does not end with the chain at ${position}`);
  }
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
