import { createHash } from 'node:crypto';

/** What an API allows as the name of a tool, or as the id of a call. */
export interface TokenRule {
  /** Matches one character that is not allowed, globally. */
  readonly forbidden: RegExp;
  /** Most characters. */
  readonly longest: number;
  /** Put before a token that may not begin as it does; absent: any allowed character may begin one. */
  readonly start?: { readonly pattern: RegExp; readonly prefix: string };
}

/** Letters, digits, `_` and `-`: OpenAI's, Anthropic's and Bedrock's alphabet. */
export const wordRule = (longest: number): TokenRule => ({ forbidden: /[^a-zA-Z0-9_-]/g, longest });

/**
 * `text` as the rule allows it: itself where it fits, else cut and marked with a digest of the whole, so that the same
 * text is the same token in every turn (prompt caches hit) and two texts are two tokens.
 */
export function toToken(text: string, rule: TokenRule): string {
  const replaced = text.replace(rule.forbidden, '_');
  const begins = rule.start === undefined || rule.start.pattern.test(replaced);
  if (replaced === text && begins && text !== '' && text.length <= rule.longest) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const prefix = begins ? '' : (rule.start?.prefix ?? '');
  return `${prefix}${replaced.slice(0, rule.longest - digest.length - 1 - prefix.length)}_${digest}`;
}

/** Tool names of one request as its target knows them, and back. */
export class ToolNames {
  readonly #toClient = new Map<string, string>();

  /** The name to send. */
  toTarget(name: string, rule: TokenRule): string {
    const token = toToken(name, rule);
    if (token !== name) this.#toClient.set(token, name);
    return token;
  }

  /** The client's name of a tool that the target calls. */
  toClient(token: string): string {
    return this.#toClient.get(token) ?? token;
  }
}
