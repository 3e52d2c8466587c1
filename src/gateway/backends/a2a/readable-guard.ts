import { refusal } from '../../authorization/agent-permits.ts';
import type { BackendGuard } from '../guarded.ts';

/** Refuses requests of which nobody can tell what they ask an agent for, where rules of the backend are about that. */
export const readableGuard: BackendGuard = {
  policy: {
    kind: 'a2a',
    request: function requireReadable({ record }) {
      if (record.a2a?.request.kind === 'unreadable') throw refusal(record.a2a.request);
      return undefined;
    },
    response: null,
  },
};
