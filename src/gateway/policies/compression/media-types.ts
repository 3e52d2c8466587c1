/** True for the media types of a list in which `*` stands for any characters; parameters of a type do not matter. */
export function compileMediaTypes(patterns: readonly string[]): (contentType: string) => boolean {
  const whole = new Set(patterns.filter((pattern) => !pattern.includes('*')));
  const parts = patterns.filter((pattern) => pattern.includes('*')).map((pattern) => pattern.split('*'));
  const known = new Map<string, boolean>();
  return function isListed(contentType) {
    const seen = known.get(contentType);
    if (seen !== undefined) return seen;
    const [type = ''] = contentType.split(';');
    const bare = type.trim().toLowerCase();
    const listed = whole.has(bare) || parts.some((pieces) => fits(pieces, bare));
    // An upstream has few types; one that makes up new ones must not fill the memory.
    if (known.size < maxKnown) known.set(contentType, listed);
    return listed;
  };
}

const maxKnown = 256;

/** Whether the pieces stand in the text in this order, the first at its beginning, the last at its end. */
function fits(pieces: readonly string[], text: string): boolean {
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > text.length - last.length) return false;
    at = found + piece.length;
  }
  return true;
}
