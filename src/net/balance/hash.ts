/** A 32-bit hash of a text (FNV-1a), well mixed. The same in every process. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mixed(hash);
}

/** Two hashes as one, evenly spread. */
export function hashPair(a: number, b: number): number {
  return mixed(Math.imul(a, 0x9e3779b1) ^ b);
}

/** Spreads every bit over all others (the finaliser of MurmurHash3). */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
