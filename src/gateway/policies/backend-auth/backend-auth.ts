import type { BackendAuthSpec, CredentialLocation } from '../../../model/policy.ts';
import type { RequestHead } from '../../../net/http/message.ts';

const bearer: CredentialLocation = { kind: 'header', name: 'authorization', prefix: 'Bearer ' };

/** Puts an upstream's credential into a request; `passthrough` leaves the client's own where it is. */
export function compileBackendAuth(spec: BackendAuthSpec): ((head: RequestHead) => void) | null {
  if (spec.kind === 'passthrough') return null;
  const location = spec.location ?? bearer;
  const secret = spec.value;
  switch (location.kind) {
    case 'header': {
      const value = location.prefix + secret;
      return (head) => head.headers.set(location.name, value);
    }
    case 'query': {
      const parameter = `${encodeURIComponent(location.name)}=${encodeURIComponent(secret)}`;
      return (head) => {
        head.query = head.query === '' || head.query === '?' ? `?${parameter}` : `${head.query}&${parameter}`;
      };
    }
    case 'cookie': {
      const pair = `${location.name}=${secret}`;
      return (head) => {
        const cookies = head.headers.get('cookie');
        head.headers.set('cookie', cookies === undefined ? pair : `${cookies}; ${pair}`);
      };
    }
  }
}
