/**
 * The scopes of a token: `scope` is one text (RFC 9068 §2.2.3, RFC 8693 §4.2), `scp` (Entra, Okta) a text or a list.
 */
export function scopesOf({ scope, scp }: { readonly scope?: unknown; readonly scp?: unknown }): readonly string[] {
  return [...textsOf(scope), ...textsOf(scp)].flatMap((text) => text.split(' ')).filter((text) => text !== '');
}

function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string');
}
