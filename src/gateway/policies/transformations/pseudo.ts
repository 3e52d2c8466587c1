import { isAuthority } from '../../../net/http/authority.ts';
import { isToken } from '../../../net/http/fields.ts';
import type { RequestHead, ResponseHead } from '../../../net/http/message.ts';
import type { ChangedHead } from './fields.ts';

/** Origin form without a fragment (RFC 9112 §3.2.1): what a request line can hold, whoever had a say in it. */
const target = /^\/[\x21\x22\x24-\x7e]*$/;

/** The fields and the request line of a request. */
export function changedRequest(head: RequestHead): ChangedHead {
  return {
    headers: head.headers,
    setPseudo(name, value) {
      if (name === ':method') {
        if (isToken(value)) head.method = value;
      } else if (name === ':path') {
        if (target.test(value)) setTarget(head, value);
      } else if (name === ':scheme') {
        if (value === 'http' || value === 'https') head.scheme = value;
      } else if ((name === ':authority' || name === 'host') && value !== '' && isAuthority(value)) {
        head.authority = value;
      }
    },
  };
}

/** The fields and the status of a response. */
export function changedResponse(head: ResponseHead): ChangedHead {
  return {
    headers: head.headers,
    setPseudo(name, value) {
      // Another kind of message would begin with 1xx, and 204 and 304 say that there is no body.
      if (name === ':status' && /^[2-5]\d\d$/.test(value) && value !== '204' && value !== '304') {
        head.status = Number(value);
      }
    },
  };
}

function setTarget(head: RequestHead, value: string): void {
  const mark = value.indexOf('?');
  head.path = mark === -1 ? value : value.slice(0, mark);
  head.query = mark === -1 ? '' : value.slice(mark);
}
