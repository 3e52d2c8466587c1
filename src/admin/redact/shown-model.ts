import { redacted, sensitiveNames } from '../../expr/redaction.ts';
import type { Model } from '../../model/model.ts';
import { shownArguments } from './arguments.ts';
import { hideInText, isSecretField, isSecretName } from './secret-names.ts';

/** Shorter secrets are hidden where they stand, but not looked for elsewhere: they would match ordinary words. */
const minSearched = 8;

/**
 * The model as JSON values without its secrets: credentials of backends, private keys, the session key, values of
 * sensitive header fields, the environment of child processes, and what looks like a secret in arguments and URLs. A
 * secret that stands in one of these places is hidden wherever else it occurs too, for instance in an expression.
 */
export function shownModel(model: Model): unknown {
  const sensitive = sensitiveNames(model.process.sensitiveHeaders);
  const found = new Set<string>();
  const hidden = hide(model, { sensitive, found, field: '', owner: '' });
  const searched = [...found].filter((secret) => secret.length >= minSearched).toSorted((a, b) => b.length - a.length);
  return searched.length === 0
    ? hidden
    : scrub(hidden, new RegExp(searched.map((s) => RegExp.escape(s)).join('|'), 'g'));
}

interface Place {
  readonly sensitive: ReadonlySet<string>;
  /** Secrets seen so far. */
  readonly found: Set<string>;
  /** The name of the value, and of what holds it. */
  readonly field: string;
  readonly owner: string;
}

function hide(value: unknown, place: Place): unknown {
  if (typeof value === 'string') return isSecret(place) ? note(value, place) : hideInText(value, redacted);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (place.field === 'args') return shownArguments(value as string[], redacted);
    return value.map((item) => hide(item, place));
  }
  const entries: [string, unknown][] =
    value instanceof Map ? [...(value as Map<string, unknown>)] : Object.entries(value);
  if (place.field === 'env')
    return Object.fromEntries(entries.map(([name, text]) => [name, environment(name, text, place)]));
  const named = isNamedSecret(value, place);
  return Object.fromEntries(
    entries.map(([field, item]) => {
      if (named && field === 'value' && typeof item === 'string') return [field, note(item, place)];
      return [field, hide(item, { ...place, field, owner: place.field })];
    }),
  );
}

function isSecret({ field, owner, sensitive }: Place): boolean {
  return (owner === 'backendAuth' && field === 'value') || isSecretField(field) || sensitive.has(field.toLowerCase());
}

/** `{name, value}` of a header or query match whose name is that of a secret. */
function isNamedSecret(value: object, place: Place): boolean {
  if (!('name' in value) || typeof value.name !== 'string') return false;
  return place.sensitive.has(value.name.toLowerCase()) || isSecretName(value.name);
}

function environment(name: string, value: unknown, place: Place): string {
  if (typeof value === 'string' && isSecretName(name)) note(value, place);
  return redacted;
}

/** Remembers a secret, and the credential of `Bearer abc`. */
function note(secret: string, { found }: Place): string {
  found.add(secret);
  const [, credential] = /^\S+ (\S+)$/.exec(secret) ?? [];
  if (credential !== undefined) found.add(credential);
  return redacted;
}

function scrub(value: unknown, secrets: RegExp): unknown {
  if (typeof value === 'string') return value.replace(secrets, redacted);
  if (Array.isArray(value)) return value.map((item) => scrub(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field.replace(secrets, redacted), scrub(item, secrets)]),
  );
}
