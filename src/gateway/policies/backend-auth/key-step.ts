import type { CredentialLocation } from '../../../model/policy.ts';
import type { RequestHead } from '../../../net/http/message.ts';

/** Puts a fixed secret into a request, in place of what stands there. */
export function keyStep(secret: string, location: CredentialLocation): (head: RequestHead) => void {
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
