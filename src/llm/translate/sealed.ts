/** How an envelope of ours begins (see pivot/signature.ts): as text, and in base64 for clients of Google's. */
const marks: readonly string[] = [
  'waygate.v1.',
  Buffer.from('waygate.v1.').toString('base64').slice(0, 14),
  '__thought__',
];

/** Whether a body may hold what only another vendor can read; the one look that every body gets. */
export function mayHoldSealed(bytes: Buffer): boolean {
  return marks.some((mark) => bytes.includes(mark));
}
