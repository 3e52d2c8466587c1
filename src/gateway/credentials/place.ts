import type { CredentialLocation } from '../../model/policy.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { RequestHead } from '../../net/http/message.ts';
import { cookieIn, withoutCookie } from '../authentication/cookies.ts';
import { parameterIn, withoutParameter } from '../authentication/query-parameters.ts';

/** `Authorization: Bearer …`. */
export const bearer: CredentialLocation = { kind: 'header', name: 'authorization', prefix: 'Bearer ' };

/** Puts a credential into a request, in place of what stands there. */
export function compilePut(location: CredentialLocation): (head: RequestHead, credential: string) => void {
  switch (location.kind) {
    case 'header': {
      const { name, prefix } = location;
      return ({ headers }, credential) => headers.set(name, prefix + credential);
    }
    case 'query': {
      const start = `${encodeURIComponent(location.name)}=`;
      return (head, credential) => {
        const rest = withoutParameter(head.query, location.name);
        const pair = start + encodeURIComponent(credential);
        head.query = rest === '' || rest === '?' ? `?${pair}` : `${rest}&${pair}`;
      };
    }
    case 'cookie': {
      const start = `${location.name}=`;
      return ({ headers }, credential) => {
        withoutCookie(headers, location.name);
        const cookies = oneLine(headers);
        headers.set('cookie', cookies === '' ? start + credential : `${cookies}; ${start}${credential}`);
      };
    }
  }
}

function oneLine(headers: HeaderList): string {
  const lines: string[] = [];
  for (const [name, value] of headers) if (name === 'cookie') lines.push(value);
  return lines.join('; ');
}

/** The credential at a place of a request; null where there is none, or more than one. */
export function credentialAt({ headers, query }: RequestHead, location: CredentialLocation): string | null {
  switch (location.kind) {
    case 'header': {
      const value = headers.combined(location.name);
      if (value === undefined || value !== headers.get(location.name)) return null;
      const { prefix } = location;
      if (value.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase()) return null;
      return value.slice(prefix.length).trim() || null;
    }
    case 'query': {
      const found = parameterIn(query, location.name);
      return found === null || found === 'twice' || found.value === '' ? null : found.value;
    }
    case 'cookie': {
      const found = cookieIn(headers, location.name);
      return found === null || found === 'twice' || found.value === '' ? null : found.value;
    }
  }
}

/** Takes the credential at a place out of a request. */
export function dropCredential(head: RequestHead, location: CredentialLocation): void {
  switch (location.kind) {
    case 'header':
      head.headers.delete(location.name);
      break;
    case 'query':
      head.query = withoutParameter(head.query, location.name);
      break;
    case 'cookie':
      withoutCookie(head.headers, location.name);
  }
}
