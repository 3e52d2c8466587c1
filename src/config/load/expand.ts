/** The environment that variables are taken from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What became of a text: the expanded text, or why it could not be expanded. */
export type Expanded =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reference: string; readonly why: string };

const reference = /\$(?:\$|\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;
const braced = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Expands `$NAME`, `${NAME}`, `${NAME:-default}` (the default also for an empty variable, as in a shell), `$$` to `$`,
 * and a leading `~/` to the home folder. A `$` before anything else stays. What a variable holds is not expanded again.
 */
export function expand(text: string, env: Environment): Expanded {
  // The home folder's own name is not searched for variables.
  const home = text.startsWith('~/') ? (env['HOME'] ?? '~') : '';
  const rest = home === '' ? text : text.slice(1);
  let failed: Expanded | undefined;
  const expanded = rest.replace(reference, (whole: string, inBraces?: string, bare?: string) => {
    if (whole === '$$') return '$';
    const [, name = bare, fallback] = inBraces === undefined ? [] : (braced.exec(inBraces) ?? []);
    if (name === undefined) {
      failed ??= { ok: false, reference: whole, why: `${whole} is not a variable; write $$ for a dollar sign` };
      return whole;
    }
    const value = env[name];
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value !== undefined) return value;
    failed ??= { ok: false, reference: whole, why: `the environment variable ${name} is not set` };
    return whole;
  });
  return failed ?? { ok: true, text: home + expanded };
}

/** The value of a plain YAML scalar (YAML 1.2 core schema): null, a boolean, a number, or the text itself. */
export function plainValue(text: string): string | number | boolean | null {
  if (/^(?:|~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?\d+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text) || /^0o[0-7]+$/.test(text)) return Number(text);
  if (/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text;
}
