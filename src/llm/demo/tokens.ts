const piece = /\s*(?:[\p{L}\p{N}]{1,6}|[^\p{L}\p{N}\s])|\s+$/gu;

/** Cuts text into the demo's tokens: up to six letters or digits, or one other character, with the blanks before. */
export function tokenPieces(text: string): readonly string[] {
  return text.match(piece) ?? [];
}

/** Number of the demo's tokens in `text`. */
export function countTokens(text: string): number {
  return tokenPieces(text).length;
}
