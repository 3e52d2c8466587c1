/** Characters of a message that a log gets. */
const maximumText = 300;

/** What went wrong, in one line fit for a log: the innermost cause that says something, without any of `secrets`. */
export function problemText(thrown: unknown, secrets: readonly string[]): string {
  let text = messageOf(thrown);
  for (const secret of secrets) if (secret.length >= 4) text = text.replaceAll(secret, '***');
  text = text.replace(/\s+/g, ' ').trim();
  return text.length > maximumText ? `${text.slice(0, maximumText)}…` : text;
}

/** `fetch failed` and the like say nothing without their cause. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'an unknown problem';
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return messageOf(thrown.errors[0]);
  const { message, cause } = thrown;
  const inner = cause instanceof Error && cause !== thrown ? messageOf(cause) : '';
  return message.includes(inner) ? message : `${message}: ${inner}`;
}
