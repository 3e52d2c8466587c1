import type { CredentialSource } from '../../model/policies/authentication.ts';
import type { Expressions } from '../attributes/expressions.ts';
import type { Exchange } from '../exchange.ts';
import { cookieIn, withoutCookie } from './cookies.ts';
import { parameterIn, withoutParameter } from './query-parameters.ts';

/** The credential is there more than once: what one reader takes another may not. */
export const twice: unique symbol = Symbol('twice');

/** Where a credential stands in requests. */
export interface CredentialPlace {
  /** The credential; null where there is none. */
  find(x: Exchange): string | null | typeof twice;
  /** Takes it out of the request, so that no backend gets it. */
  remove(x: Exchange): void;
}

/** Compiles where clients put a credential. */
export function compilePlace(source: CredentialSource, expressions: Expressions): CredentialPlace {
  switch (source.kind) {
    case 'header':
      return headerPlace(source.name, source.prefix);
    case 'query':
      return queryPlace(source.name);
    case 'cookie':
      return cookiePlace(source.name);
    case 'expression': {
      const text = expressions.text(source.expression, 'request');
      return {
        find(x) {
          const found = text(x.attributes());
          return found === undefined || found === '' ? null : found;
        },
        // An expression says what the credential is, not where it came from.
        remove: () => undefined,
      };
    }
  }
}

/** @param prefix The scheme and its blank, in any case (RFC 9110 §11.1); a field without it holds another credential. */
function headerPlace(name: string, prefix: string): CredentialPlace {
  const lower = prefix.toLowerCase();
  return {
    find({ request }) {
      const { flat } = request.headers;
      let value: string | undefined;
      for (let i = 0; i < flat.length; i += 2) {
        if (flat[i] !== name) continue;
        // No field of credentials is a list (RFC 9110 §11.6.2), so that a second line is an error whatever it holds.
        if (value !== undefined) return twice;
        value = flat[i + 1];
      }
      if (value === undefined || value.slice(0, lower.length).toLowerCase() !== lower) return null;
      const credential = value.slice(lower.length).trim();
      return credential === '' ? null : credential;
    },
    remove: ({ request }) => request.headers.delete(name),
  };
}

function queryPlace(name: string): CredentialPlace {
  return {
    find(x) {
      const found = parameterIn(x.request.query, name);
      if (found === null) return null;
      // Good or not, it is nothing for the log.
      x.record.foundSecret(name);
      if (found === 'twice') return twice;
      return found.value === '' ? null : found.value;
    },
    remove({ request }) {
      request.query = withoutParameter(request.query, name);
    },
  };
}

function cookiePlace(name: string): CredentialPlace {
  return {
    find({ request }) {
      const found = cookieIn(request.headers, name);
      if (found === 'twice') return twice;
      return found === null || found.value === '' ? null : found.value;
    },
    remove: ({ request }) => withoutCookie(request.headers, name),
  };
}
