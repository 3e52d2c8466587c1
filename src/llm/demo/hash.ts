/** 32-bit FNV-1a of the UTF-16 units of `text`: the demo's source of stable, meaningless numbers. */
export function hash32(text: string, seed = 0x811c9dc5): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  // Final mixing, so that texts which differ in their last character differ in all bits.
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Eight hexadecimal digits for an identifier. */
export function hashHex(text: string, seed?: number): string {
  return hash32(text, seed).toString(16).padStart(8, '0');
}
